// What a page may say to Confab and hears from it.
//
// `/// <reference path="confab.d.ts" />`, or the file among those that the compiler is given.

declare namespace Confab {
  /** What the site says of its signed-in visitor; each key also with underscores (`identifier_hash`). */
  interface User {
    /** HMAC-SHA256 of the identifier with the inbox's token, in hexadecimal. Computed on your server. */
    identifierHash?: string;
    name?: string;
    email?: string;
    /** `+`, country code, digits. */
    phoneNumber?: string;
    avatarUrl?: string;
    customAttributes?: Attributes;
    identifier_hash?: string;
    phone_number?: string;
    avatar_url?: string;
    custom_attributes?: Attributes;
  }

  /** `null` takes an attribute away. */
  type Attributes = Record<string, string | number | boolean | null>;

  /** Options of the script tag, in `window.confabSettings`. */
  interface Settings extends Omit<User, 'identifier_hash' | 'phone_number' | 'avatar_url' | 'custom_attributes'> {
    baseUrl?: string;
    cableUrl?: string;
    inboxIdentifier?: string;
    identifier?: string | number;
    title?: string;
    subtitle?: string;
    logo?: string;
    welcome?: string;
    starters?: string[];
    text?: string;
    color?: string;
    theme?: 'auto' | 'light' | 'dark';
    locale?: string;
    texts?: Record<string, string>;
    /** Milliseconds, 1000 to 600000. */
    serverTimeBound?: number;
    position?: 'left' | 'right';
    /** Pixels. */
    offsetX?: number;
    /** Pixels. */
    offsetY?: number;
    zIndex?: number;
    launcherTitle?: string;
  }

  /** The fields of each event, in `detail` of `confab:NAME` and as the argument of a listener. */
  interface Events {
    /** The frame has started. */
    ready: undefined;
    /** The composer takes text and keeps it. */
    usable: undefined;
    opened: undefined;
    closed: undefined;
    unread: { count: number };
    message: { direction: 'received' | 'sent'; preview?: string };
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
    /** Forgets who the visitor is. */
    logout(): Promise<void>;
    /** Takes everything away, `window.confab` included. */
    shutdown(): Promise<void>;
    /** The number of unread messages. */
    unread(): Promise<number>;
    on<Name extends keyof Events>(event: Name, fn: Listener<Name>): Promise<void>;
    off<Name extends keyof Events>(event: Name, fn: Listener<Name>): Promise<void>;
  }

  /** `confab('open')` and `confab.open()` are the same; a command that is unknown or refused rejects. */
  interface Confab extends Commands {
    <Name extends keyof Commands>(command: Name, ...rest: Parameters<Commands[Name]>): ReturnType<Commands[Name]>;
    /** Version of the protocol between page and frame. */
    readonly version: number;
  }
}

declare var confab: Confab.Confab;

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
