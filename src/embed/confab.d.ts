// What a page may say to Confab and hears from it.
//
// `/// <reference path="confab.d.ts" />`, or the file among those that the compiler is given.

declare namespace Confab {
  /** What the site says of its signed-in visitor; each key also with underscores (`identifier_hash`). */
  interface User {
    /** Proof of the identifier, computed on your server: 64 hexadecimal digits. */
    identifierHash?: string;
    /** The visitor's name: text. */
    name?: string;
    /** The visitor's e-mail address: name@host. */
    email?: string;
    /** The visitor's telephone number: +, country code, digits. */
    phoneNumber?: string;
    /** The visitor's picture: https:// or http://. */
    avatarUrl?: string;
    /** What else the team should see of the visitor: object. */
    customAttributes?: Attributes;
    identifier_hash?: string;
    phone_number?: string;
    avatar_url?: string;
    custom_attributes?: Attributes;
  }

  /** `null` takes an attribute away. */
  type Attributes = Record<string, string | number | boolean | null>;

  type Visitor = Pick<User, 'identifierHash' | 'name' | 'email' | 'phoneNumber' | 'avatarUrl' | 'customAttributes'>;

  /** Options of the script tag, in `window.confabSettings`. */
  interface Settings extends Partial<Visitor> {
    /** Where the API is: https:// (or http://) with or without path and trailing slash; no query, no user name; http:// not from an https page, except to the own machine. Required. */
    baseUrl?: string;
    /** Where the WebSocket is: wss:// or ws:// with its whole path. Default: baseUrl + /cable. */
    cableUrl?: string;
    /** Which API inbox: letters, digits, -, _. Required. */
    inboxIdentifier?: string;
    /** The site's own id of its user: text or number. Default: none: an anonymous visitor. */
    identifier?: string | number;
    /** What the team should see of a conversation that begins here; the API takes it at no other time: object (since Chatwoot 3.2). */
    conversationAttributes?: Attributes;
    /** The header, until an agent has answered: text. Default: the inbox's name. */
    title?: string;
    /** The line below: text. Default: whether the team is there. */
    subtitle?: string;
    /** The picture in the header, until an agent has answered: https://, http://, relative to index.html, or data:image/. Default: initials. */
    logo?: string;
    /** Heading of the empty chat: text. Default: a greeting. */
    welcome?: string;
    /** Messages offered in the empty chat, sent by one click: list of texts. */
    starters?: string[];
    /** Stands in the empty composer: text. */
    text?: string;
    /** Which conversation of the visitor is shown; for links to the page: its number. Default: the one written to last. */
    conversation?: string | number;
    /** The one colour, from which a readable palette is derived: any opaque CSS colour. Default: #2f5d50. */
    color?: string;
    /** Surface of the panel: auto, light, dark. Default: auto: as the system. */
    theme?: 'auto' | 'light' | 'dark';
    /** Language: tag such as pt-BR; texts are there in en, ar, de, es, fr, others get English words. Default: the browser's. */
    locale?: string;
    /** Own words, by the keys of locales/*.json: object of texts. */
    texts?: Record<string, string>;
    /** How long after an attempt without an answer the server may still store the message: 1000 to 600000 (milliseconds). Default: 25000. */
    serverTimeBound?: number;
    /** Whether the panel offers to go on in a window of its own: on, off. Default: on. */
    popOut?: 'on' | 'off';
    /** Whether the panel is a frame or a part of the page: frame, shadow. Default: frame. */
    mode?: 'frame' | 'shadow';
    /** The launcher's corner; mirrored where the page reads from right to left: right, left, top-right, top-left. Default: right, at the bottom. */
    position?: 'right' | 'left' | 'top-right' | 'top-left';
    /** Its distance from that side: 0 to 10000 (pixels). Default: 20. */
    offsetX?: number;
    /** Its distance from bottom or top: 0 to 10000 (pixels). Default: 20. */
    offsetY?: number;
    /** Its place among what overlaps it: whole number. Default: none: the browser's top layer, above all that the page shows. */
    zIndex?: number;
    /** Its name for assistive technology, and what a pill says: text. Default: Chat. */
    launcherTitle?: string;
    /** Its shape; a pill holds its name: round, square, pill. Default: round. */
    launcherShape?: 'round' | 'square' | 'pill';
    /** A picture on it: https://, http://, relative to the page, or data:image/. Default: a speech bubble. */
    launcherIcon?: string;
    /** Elements of the page that open and close the panel in its place: a CSS selector. Default: none: it is painted. */
    launcher?: string;
  }

  /** The fields of each event, in `detail` of `confab:NAME` and as the argument of a listener. */
  interface Events {
    /** The chat has started. */
    ready: undefined;
    /** The composer takes text and keeps it. */
    usable: undefined;
    opened: undefined;
    closed: undefined;
    unread: { count: number };
    /** `content` is the whole text, `author` who wrote a received one. */
    message: { direction: 'received' | 'sent'; preview: string; content: string; author: string };
    /** A button of a card was pressed that is for the page to act on. */
    postback: { payload: string };
    status: { status: 'open' | 'resolved' | 'pending' | 'snoozed' };
    error: { code: string; option: string; value: string; message: string; remedy: string };
  }

  type Listener<Name extends keyof Events> = (detail: Events[Name]) => unknown;

  /** What each command takes and its promise gives. */
  interface Commands {
    open(): Promise<void>;
    close(): Promise<void>;
    toggle(): Promise<void>;
    /** Shows the launcher again. */
    show(): Promise<void>;
    /** Takes launcher and panel away. */
    hide(): Promise<void>;
    /** Sends a text as the visitor. */
    send(text: string): Promise<void>;
    /** Puts a text into the empty composer. */
    prefill(text: string): Promise<void>;
    setUser(identifier: string | number, user?: User): Promise<void>;
    /** Adds to the attributes of the contact. */
    setAttributes(attributes: Attributes): Promise<void>;
    /** Adds to the attributes of the conversation that begins next. */
    setConversationAttributes(attributes: Attributes): Promise<void>;
    /** Changes the language; the chat goes on where it is. */
    setLocale(locale: string): Promise<void>;
    setTheme(theme: 'auto' | 'light' | 'dark'): Promise<void>;
    /** What went on, without texts and secrets. */
    diagnostics(): Promise<Diagnostics>;
    /** Forgets who the visitor is. */
    logout(): Promise<void>;
    /** Takes everything away, `window.confab` included. */
    shutdown(): Promise<void>;
    /** The number of unread messages. */
    unread(): Promise<number>;
    on<Name extends keyof Events>(event: Name, fn: Listener<Name>): Promise<void>;
    off<Name extends keyof Events>(event: Name, fn: Listener<Name>): Promise<void>;
  }

  /** `<confab-chat>`: the chat in its place in the page, without a frame. Its attributes are the options. */
  interface ChatElement extends HTMLElement, Pick<Commands, 'send' | 'prefill' | 'setUser' | 'setAttributes' | 'logout'> {
    /** The number of messages that came while it was out of sight. */
    readonly unread: number;
  }

  /** Counters and states, for whoever has to find out what is wrong. */
  interface Diagnostics {
    version: string;
    [name: string]: string | number | boolean;
  }

  /** What the promise of a call that cannot be done is rejected with. */
  interface Refusal extends TypeError {
    code: 'argument' | 'unknown_command';
    remedy: string;
  }

  /** `confab('open')` and `confab.open()` are the same; a command that is unknown or refused rejects. */
  interface Confab extends Commands {
    <Name extends keyof Commands>(command: Name, ...rest: Parameters<Commands[Name]>): ReturnType<Commands[Name]>;
    /** Version of the protocol between page and frame. */
    readonly version: number;
  }
}

declare var confab: Confab.Confab;

interface HTMLElementTagNameMap {
  'confab-chat': Confab.ChatElement;
}

interface Window {
  confab: Confab.Confab;
  confabSettings?: Confab.Settings;
}

interface WindowEventMap {
  'confab:ready': CustomEvent<null>;
  'confab:usable': CustomEvent<null>;
  'confab:opened': CustomEvent<null>;
  'confab:closed': CustomEvent<null>;
  'confab:unread': CustomEvent<Confab.Events['unread']>;
  'confab:message': CustomEvent<Confab.Events['message']>;
  'confab:status': CustomEvent<Confab.Events['status']>;
  'confab:error': CustomEvent<Confab.Events['error']>;
}
