// A window of its own for a panel inside the page: of the page's own origin, where the same chat is in one tab more. Tabs
// agree among themselves who sends, so nothing is handed over but what is being typed. Part of confab-shadow.js.

/** The page may allow scripts by Trusted Types: the policy of this name is asked for. */
const trusted = (realm, url) => realm.trustedTypes?.createPolicy('confab', { createScriptURL: (address) => address }).createScriptURL(url) ?? url;

/** What the page says of its user changes the set-up, and is for the windows, too. */
const learn = (config, chats, { type, user }) => {
  if (type === 'logout') for (const key of USER) delete config[key];
  if (type === 'user') Object.assign(config, user);
  for (const chat of chats.filter((one) => one.isConnected && one.ownerDocument.defaultView)) {
    if (type === 'logout') chat.logout();
    else if (type === 'user' && user.identifier != null) chat.setUser(user.identifier, user);
    else if (type === 'user' && user.customAttributes) chat.setAttributes(user.customAttributes);
  }
};

const popOut = (config, title) => {
  const child = open('', '', 'popup,width=420,height=720');
  if (!child) return null;
  const { document: page } = child;
  try {
    const sheet = new child.CSSStyleSheet();
    sheet.replaceSync('html,body{margin:0;block-size:100%}confab-chat{block-size:100%}');
    page.adoptedStyleSheets = [sheet];
    const script = page.createElement('script');
    script.type = 'module';
    script.src = trusted(child, import.meta.url);
    const chat = page.createElement('confab-chat');
    for (const [option, value] of Object.entries(config)) {
      const name = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      chat.setAttribute(`data-${name}`, typeof value === 'object' ? JSON.stringify(value) : value);
    }
    page.title = title;
    page.body.append(chat);
    page.head.append(script);
    return child.customElements.whenDefined('confab-chat').then(() => chat);
  } catch (error) {
    child.close();
    throw error;
  }
};
