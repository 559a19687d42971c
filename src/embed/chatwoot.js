// For sites written for Chatwoot's own widget: chatwootSettings, chatwootSDK.run, $chatwoot and the chatwoot:* events, on top
// of confab.js from the same folder. `websiteToken` is the identifier of the API inbox, `baseUrl` the address of its Chatwoot.
// What the inbox's API cannot do is told by name in the console, and the page goes on.
(() => {
  if (window.chatwootSDK) return;
  const home = new URL('.', document.currentScript ? document.currentScript.src : location.href);
  // What the contact's record has no column for becomes a custom attribute.
  const EXTRAS = ['company_name', 'city', 'country_code', 'description', 'social_profiles'];
  const PROFILE = ['name', 'email', 'phone_number', 'avatar_url', 'identifier_hash'];
  const BUBBLE = 'cw-bubble-holder';

  const STYLES = `
:host([data-bubble=off]) button{display:none!important}
:host([data-bubble=off]) div{inset-block-end:0}
:host([data-bubble=pill]) button{inline-size:auto;block-size:48px;border-radius:24px;display:flex;align-items:center;gap:8px;padding:0 20px;font:600 16px/1 system-ui,sans-serif}
:host([data-bubble=pill]) div{inset-block-end:64px}
:host([data-look=flat]) button{border-radius:0;box-shadow:none;block-size:56px}
:host([data-look=flat]) button:not(:has(b)){inline-size:56px}
:host([data-look=flat]) div{border-radius:0;box-shadow:0 0 0 1px #0003}
[aria-expanded=true] b{display:none}`;

  const told = new Set();
  const cannot = (what, instead) => {
    if (told.has(what)) return;
    told.add(what);
    console.warn(`confab: ${what} cannot be done over an API inbox. ${instead}`);
  };

  const emit = (name, detail = null) => window.dispatchEvent(new CustomEvent(`chatwoot:${name}`, { detail }));
  const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

  /** What the page has set; `null` where it has not. */
  const read = (given) => ({
    baseDomain: given.baseDomain,
    hideMessageBubble: given.hideMessageBubble || false,
    position: given.position === 'left' ? 'left' : 'right',
    locale: given.locale,
    useBrowserLanguage: given.useBrowserLanguage || false,
    type: given.type === 'expanded_bubble' ? 'expanded_bubble' : 'standard',
    launcherTitle: given.launcherTitle || '',
    showPopoutButton: given.showPopoutButton || false,
    showUnreadMessagesDialog: given.showUnreadMessagesDialog ?? true,
    widgetStyle: given.widgetStyle === 'flat' ? 'flat' : 'standard',
    darkMode: ['auto', 'dark'].includes(given.darkMode) ? given.darkMode : 'light',
    welcomeTitle: given.welcomeTitle || '',
    welcomeDescription: given.welcomeDescription || '',
    availableMessage: given.availableMessage || '',
    unavailableMessage: given.unavailableMessage || '',
    enableFileUpload: given.enableFileUpload,
    enableEmojiPicker: given.enableEmojiPicker ?? true,
    enableEndConversation: given.enableEndConversation ?? true,
  });

  /** The visitor as confab.js is told of them; written anew by setUser, setCustomAttributes and reset. */
  const nobody = () => ({ identifier: undefined, profile: {}, attributes: {} });

  class Widget {
    constructor(websiteToken, baseUrl) {
      Object.assign(this, { websiteToken, baseUrl, hasLoaded: false, isOpen: false, resetTriggered: false }, read(window.chatwootSettings || {}));
      hidden(this, 'person', nobody());
      hidden(this, 'isHidden', this.hideMessageBubble);
      hidden(this, 'queue', []);
      for (const [key, was] of [['enableFileUpload', true], ['enableEmojiPicker', false], ['enableEndConversation', false]]) {
        if (this[key] === was) cannot(`${key}: ${was}`, 'The setting is ignored.');
      }
    }

    toggle(state) {
      command(this, ['open', 'close'].includes(state) ? state : 'toggle');
    }

    toggleBubbleVisibility(state) {
      if (state === 'hide' || state === 'show') this.isHidden = state === 'hide';
      this.hideMessageBubble = this.isHidden;
      later(this, () => decorate(this));
    }

    popoutChatWindow() {
      this.toggle('close');
      const page = new URL(`index.html?inbox=${encodeURIComponent(this.websiteToken)}`, home);
      cannot('Taking the conversation along from the page', 'The button in the panel does. This opens the chat page of the host, whose confab.json must name the inbox.');
      window.open(page, `webwidget_session_${this.websiteToken}`, 'resizable=off,width=400,height=600');
    }

    setUser(identifier, user) {
      if (typeof identifier !== 'string' && typeof identifier !== 'number') throw new Error('Identifier should be a string or a number');
      if (!isObject(user) || !['avatar_url', 'email', 'name'].some((key) => user[key])) {
        throw new Error('User object should have one of the keys [avatar_url, email, name]');
      }
      const pick = (keys) => Object.fromEntries(keys.filter((key) => user[key] !== undefined && user[key] !== null).map((key) => [key, user[key]]));
      // What was said of the anonymous visitor is said of the user that they turn out to be; another user has nothing of it.
      const isSame = this.identifier === undefined || `${this.identifier}` === `${identifier}`;
      Object.assign(this, { identifier, user });
      this.person = {
        identifier: `${identifier}`, profile: pick(PROFILE), attributes: { ...(isSame && this.person.attributes), ...pick(EXTRAS), ...user.custom_attributes },
      };
      command(this, 'setUser', this.person.identifier, { ...this.person.profile, custom_attributes: this.person.attributes });
    }

    setCustomAttributes(attributes) {
      if (!isObject(attributes) || !Object.keys(attributes).length) throw new Error('Custom attributes should have atleast one key');
      Object.assign(this.person.attributes, attributes);
      command(this, 'setAttributes', attributes);
    }

    deleteCustomAttribute(key) {
      this.setCustomAttributes({ [key]: null });
    }

    setConversationCustomAttributes(attributes) {
      if (!isObject(attributes) || !Object.keys(attributes).length) throw new Error('Custom attributes should have atleast one key');
      command(this, 'setConversationAttributes', attributes);
    }

    deleteConversationCustomAttribute(key) {
      this.setConversationCustomAttributes({ [key]: null });
    }

    setLabel() {
      cannot('setLabel', 'Set an attribute, and let an automation rule add the label.');
    }

    removeLabel() {
      cannot('removeLabel', 'Let an automation rule remove it.');
    }

    setLocale(locale = 'en') {
      Object.assign(this, { locale, useBrowserLanguage: false });
      command(this, 'setLocale', tag(locale));
    }

    setColorScheme(scheme = 'light') {
      this.darkMode = scheme;
      command(this, 'setTheme', scheme);
    }

    reset() {
      this.toggle('close');
      this.person = nobody();
      delete this.identifier;
      delete this.user;
      this.resetTriggered = true;
      command(this, 'logout');
    }
  }

  /** A field that pages which list those of $chatwoot do not come upon. */
  const hidden = (widget, name, value) => Object.defineProperty(widget, name, { value, writable: true, enumerable: false });

  /** Does something once confab.js is there, in the order of the calls. */
  const later = (widget, act) => {
    if (widget.queue) widget.queue.push(act);
    else act();
  };

  const command = (widget, ...call) => later(widget, () => {
    window.confab(...call).catch((error) => console.error(error.message));
  });

  const tag = (locale) => locale.replaceAll('_', '-');

  /** The options of confab.js that say the same. */
  const options = (widget) => {
    const { identifier, profile, attributes } = widget.person;
    const texts = { ask_anything: widget.welcomeDescription, online: widget.availableMessage, away: widget.unavailableMessage };
    const said = Object.entries(texts).filter(([, text]) => text);
    return {
      baseUrl: widget.baseUrl,
      inboxIdentifier: widget.websiteToken,
      position: widget.position,
      theme: widget.darkMode,
      locale: widget.locale && !widget.useBrowserLanguage ? tag(widget.locale) : '',
      launcherTitle: widget.launcherTitle,
      popOut: widget.showPopoutButton ? 'on' : 'off',
      welcome: widget.welcomeTitle,
      texts: said.length ? JSON.stringify(Object.fromEntries(said)) : '',
      identifier: identifier ?? '',
      identifierHash: profile.identifier_hash ?? '',
      name: profile.name ?? '',
      email: profile.email ?? '',
      phoneNumber: profile.phone_number ?? '',
      avatarUrl: profile.avatar_url ?? '',
      customAttributes: Object.keys(attributes).length ? JSON.stringify(attributes) : '',
    };
  };

  /** The address as a page with Trusted Types takes it, if it allows a policy of this name. */
  const trusted = (url) => {
    try {
      return window.trustedTypes.createPolicy('confab', { createScriptURL: (address) => address }).createScriptURL(url);
    } catch {
      return url;
    }
  };

  const start = (widget, done) => {
    const script = document.createElement('script');
    Object.assign(script.dataset, options(widget));
    script.src = trusted(`${new URL('confab.js', home)}`);
    script.onerror = () => console.error(`confab: ${script.src} does not come. Remedy: serve it beside confab-chatwoot.js, and allow it in script-src.`);
    script.onload = async () => {
      // Answered when the launcher is there.
      await window.confab('unread');
      decorate(widget);
      const acts = widget.queue;
      widget.queue = null;
      for (const act of acts) act();
      done();
    };
    document.head.append(script);
    script.remove();
  };

  /** The ids and classes by which pages find the widget, on the launcher's own element. */
  const decorate = (widget) => {
    const host = document.querySelector('confab-launcher');
    if (!host) return;
    const root = host.shadowRoot;
    if (!host.id) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLES);
      root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
      host.id = 'cw-widget-holder';
      host.dataset.turboPermanent = '';
      host.append(hooks(widget));
      if (widget.type === 'expanded_bubble') {
        const words = document.createElement('b');
        words.id = 'woot-widget--expanded__text';
        words.textContent = widget.launcherTitle || root.querySelector('button').getAttribute('aria-label');
        root.querySelector('button').append(words);
      }
    }
    host.className = `woot-widget-holder woot-elements--${widget.position}`;
    host.classList.toggle('woot-widget-holder--flat', widget.widgetStyle === 'flat');
    host.classList.toggle('woot-widget--without-bubble', widget.isHidden);
    host.classList.toggle('woot--hide', !widget.isOpen);
    const bubble = host.querySelector('.woot-widget-bubble');
    bubble.classList.toggle('woot--close', widget.isOpen);
    bubble.classList.toggle('unread-notification', widget.unread > 0);
    bubble.parentElement.classList.toggle('woot-hidden', widget.isHidden);
    host.dataset.look = widget.widgetStyle;
    host.dataset.bubble = widget.isHidden ? 'off' : widget.type === 'expanded_bubble' ? 'pill' : 'round';
  };

  /** Elements that are found and clicked by script; what is seen is the launcher, out of reach of the page's styles. */
  const hooks = (widget) => {
    const made = (name, id, className) => Object.assign(document.createElement(name), { id, className });
    const holder = made('div', BUBBLE, 'woot--bubble-holder');
    const bubble = made('div', '', `woot-widget-bubble woot-elements--${widget.position}`);
    if (widget.widgetStyle === 'flat') bubble.classList.add('woot-widget-bubble--flat');
    if (widget.type === 'expanded_bubble') bubble.classList.add('woot-widget--expanded');
    bubble.onclick = () => widget.toggle();
    bubble.append(made('span', 'woot-widget-bubble-icon', ''));
    holder.append(bubble);
    holder.dataset.turboPermanent = '';
    const all = document.createDocumentFragment();
    all.append(holder, made('span', 'chatwoot_live_chat_widget', ''), made('span', 'cw-widget-styles', ''));
    return all;
  };

  /** What confab.js tells, in Chatwoot's words. */
  const listen = (widget) => {
    const on = (name, act) => window.addEventListener(`confab:${name}`, (event) => act(event.detail));
    const toggled = (isOpen) => {
      widget.isOpen = isOpen;
      decorate(widget);
      emit(isOpen ? 'opened' : 'closed');
    };
    hidden(widget, 'unread', 0);
    on('opened', () => toggled(true));
    on('closed', () => toggled(false));
    on('unread', ({ count }) => {
      widget.unread = count;
      decorate(widget);
    });
    on('message', ({ direction, content, author }) => emit('on-message', {
      content: content || null, message_type: direction === 'sent' ? 0 : 1, created_at: Math.floor(Date.now() / 1000), sender: { name: author, type: direction === 'sent' ? 'contact' : 'user' },
    }));
    on('postback', ({ payload }) => emit('postback', { event: 'postback', data: { payload } }));
    on('error', (detail) => emit('error', detail));
  };

  window.chatwootSDK = {
    run({ websiteToken, baseUrl }) {
      if (window.$chatwoot) return;
      const widget = new Widget(websiteToken, baseUrl);
      window.$chatwoot = widget;
      listen(widget);
      start(widget, () => {
        widget.hasLoaded = true;
        emit('ready');
      });
    },
  };
})();
