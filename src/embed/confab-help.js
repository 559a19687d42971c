// What a site owner reads when something of the set-up is wrong: loaded only then, by the frame or the page of its own.
// The widget tells option, value and fault; the words about each option come from the table of options.

// <options>
export const FAULTS = ['kind', 'text', 'missing', 'scheme', 'host', 'credentials', 'query', 'character', 'insecure', 'file'];

const OPTIONS = {
  baseUrl: ['is no address of an installation', 'write it like https://app.chatwoot.com, with the path prefix if the installation has one'],
  cableUrl: ['is no address of an installation', 'write it as wss://host/cable, or leave it out: it is derived from baseUrl'],
  inboxIdentifier: ['holds characters that no inbox identifier has', 'copy the identifier of your API inbox: Settings, Inboxes, the inbox, Configuration'],
  identifier: ['is not a text', 'give the identifier that the hash was computed of, or leave both out'],
  identifierHash: ['is not 64 hexadecimal digits', 'compute HMAC-SHA256 of the identifier with the inbox\'s HMAC token as key, in hexadecimal, on your server'],
  name: ['is not a text', 'put it between quotation marks'],
  email: ['is no e-mail address', 'write it like name@example.com'],
  phoneNumber: ['is no telephone number in the form that the API takes', 'write it with country code and digits alone, like +4930123456'],
  avatarUrl: ['is no address of a picture', 'give an address that begins with https://'],
  customAttributes: ['is not a JSON object', 'write it like {"plan": "gold"}'],
  conversationAttributes: ['is not a JSON object', 'write it like {"orderId": 17}'],
  title: ['is not a text', 'put it between quotation marks'],
  subtitle: ['is not a text', 'put it between quotation marks'],
  logo: ['is no address of a picture', 'give an address that begins with https://, or one relative to index.html'],
  welcome: ['is not a text', 'put it between quotation marks'],
  starters: ['is not a JSON list of texts', 'write it like ["Where is my order?", "I want to return something"]'],
  text: ['is not a text', 'put it between quotation marks'],
  conversation: ['is not a text', 'put it between quotation marks'],
  color: ['is no colour that can be read', 'write it as #rrggbb, for instance #2f5d50'],
  theme: ['is not one of the words it may be', 'use one of: auto, light, dark'],
  locale: ['is no language tag', 'write it like en, pt-BR or zh-Hans'],
  texts: ['is not a JSON object of texts', 'write it like {"send": "Send"}'],
  serverTimeBound: ['is not a whole number that it may be', 'use 1000 to 600000 (milliseconds)'],
  popOut: ['is not one of the words it may be', 'use one of: on, off'],
  mode: ['is not one of the words it may be', 'use one of: frame, shadow'],
  position: ['is not one of the words it may be', 'use one of: right, left, top-right, top-left'],
  offsetX: ['is not a whole number that it may be', 'use 0 to 10000 (pixels)'],
  offsetY: ['is not a whole number that it may be', 'use 0 to 10000 (pixels)'],
  zIndex: ['is not a whole number that it may be', 'use -2147483648 to 2147483647 (a place in the stack)'],
  launcherTitle: ['is not a text', 'put it between quotation marks'],
  launcherShape: ['is not one of the words it may be', 'use one of: round, square, pill'],
  launcherIcon: ['is no address of a picture', 'give its address, relative ones to the page, and allow it in the img-src of the page'],
  launcher: ['is not a text', 'write it like #help or [data-chat]'],
};
// </options>

const ADDRESS = {
  scheme: 'does not begin with https:// or http://',
  host: 'has no host, or one that cannot be',
  credentials: 'carries a user name',
  query: 'has a ? or a #',
  character: 'holds a character that no address has',
};

const INSTALLATION = 'the address of your installation, for instance https://app.chatwoot.com';

const hyphens = (option) => option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const place = (option, embedded) => (embedded
  ? `add data-${hyphens(option)} to the script tag or ${option} to confabSettings`
  : `put "${option}" into the confab.json beside index.html`);

/** A value that can be judged without asking the server. */
const judged = ({ option, value, fault: number, detail }, embedded) => {
  const fault = FAULTS[number];
  const [message, remedy] = OPTIONS[option] || ['is not right', 'look it up in the README'];
  if (option === 'confab.json') {
    return [detail ? `is not JSON (${detail})` : 'is not an object', 'make it one JSON object, for instance {"baseUrl": "https://app.chatwoot.com", "inboxIdentifier": "…"}'];
  }
  if (option === 'inbox') return ['in the query names no inbox of confab.json', 'add it under "inboxes" in confab.json, or correct the link'];
  if (fault === 'text') return ['is not a text', 'put it between quotation marks'];
  if (fault === 'missing') {
    if (option === 'identifier') return ['is missing, but identifierHash is there', remedy];
    return ['is missing', `${place(option, embedded)}: ${option === 'baseUrl' ? INSTALLATION : remedy}`];
  }
  if (option === 'cableUrl') return [fault === 'scheme' ? 'does not begin with wss:// or ws://' : ADDRESS[fault] || message, remedy];
  if (fault === 'insecure') return ['is not encrypted, but this page is, and browsers forbid mixing', 'use https://, or a proxy that speaks it'];
  if (fault === 'scheme' && !/^[^:]*:\/\//.test(value)) return [ADDRESS.scheme, `write the whole address: https://${value.trim()}`];
  if (fault === 'query') return [ADDRESS.query, 'keep only what stands before the ? or the #'];
  if (fault === 'credentials') return [ADDRESS.credentials, 'leave out what stands before the @'];
  return [ADDRESS[fault] || message, remedy];
};

/** What the server's answers prove wrong. */
const proved = {
  file_missing: ({ detail }) => [
    `could not be fetched (${detail === '0' ? 'no answer' : `status ${detail}`})`,
    "see that the host of the widget's files answers with it; the chat started without it",
  ],
  too_late: () => ['come too late: the conversation has begun', 'call setConversationAttributes before the first message, or setAttributes, which the team sees beside the conversation'],
  unknown_inbox: ({ detail }) => [`is not known at ${detail}`, `${OPTIONS.inboxIdentifier[1]}; it belongs to one installation, so check baseUrl too`],
  identity_refused: () => ['does not prove the identifier to the server', `${OPTIONS.identifierHash[1]}; where the inbox demands identity validation, give both identifier and identifierHash`],
  not_the_api: ({ detail }) => [
    `answers with something that is not the API (status ${detail})`,
    'give the address of the installation itself, with its path prefix if it has one and without /app or /public; a proxy in between has to pass /public/api and /cable on',
  ],
  unreachable: () => [
    'does not answer',
    'check that the address is right and the server runs; that it allows requests of other origins to /public/api (Chatwoot does since 2.7); and that no content security policy forbids connecting to it',
  ],
  profile_refused: ({ detail }) => [`is refused by the server: ${detail}`, 'correct what the site says about its visitor (name, email, phoneNumber, avatarUrl, customAttributes)'],
};

/** The words for a problem; `embedded` where a script tag of another page configures. */
export const worded = (problem, embedded) => {
  const [message, remedy] = proved[problem.code]?.(problem) || judged(problem, embedded);
  const { code, option, value } = problem;
  return { code, option, value, message, remedy };
};

/** Tells the page: by the port to it, or in its own console and as an event. */
export const tell = ({ port, ...problem }) => {
  const error = worded(problem, Boolean(port));
  if (port) {
    port.postMessage({ v: 1, type: 'error', ...error });
    return;
  }
  console.error(`confab: ${error.option}: ${error.message} (given: ${error.value || 'nothing'}). Remedy: ${error.remedy}.`);
  dispatchEvent(new CustomEvent('confab:error', { detail: error }));
};

/** Answers the page when what it told is done and stored: it is heard by the widget after this. */
export const answer = (port, ask) => setTimeout(() => {
  const detail = {};
  dispatchEvent(new CustomEvent('confab-hand-over', { detail }));
  if (detail.busy) answer(port, ask);
  else port.postMessage({ v: 1, type: 'done', ask });
}, 9);
