// What the left column and the contact's column show: loads lists page by page, searches, asks for the team.

const PAGE = 25;
const PAUSE = 400;
const SEARCH_PAUSE = 250;
const PEOPLE = 5; // contacts whose conversations a search asks for

/** `hooks`: `words(error)` for people, `fetch(id)` asks for one conversation. */
export class Lists {
  #api;
  #store;
  #hooks;
  #timer = 0;
  #searchTimer = 0;

  constructor(api, store, hooks) {
    this.#api = api;
    this.#store = store;
    this.#hooks = hooks;
  }

  stop() {
    clearTimeout(this.#timer);
    clearTimeout(this.#searchTimer);
  }

  /** Chooses what the list shows; what is not named stays. */
  show(filter) {
    this.#store.filter = { ...this.#store.filter, ...filter };
    this.#store.changed();
    this.load();
  }

  async load(page = 1) {
    const { filter } = this.#store;
    const list = this.#store.list(filter);
    if (list.loading && page !== 1) return;
    list.loading = true;
    list.error = null;
    this.#store.changed();
    const stamp = this.#store.stamp();
    const assigned = filter.assignee === "all" ? {} : { assignee_type: filter.assignee };
    try {
      const { data } = await this.#api.conversations({ status: filter.status, ...assigned, page });
      const full = data.payload.length >= PAGE;
      if (page >= list.page) Object.assign(list, { page, more: full });
      if (page === 1) {
        for (const id of this.#store.putList(filter, data.payload, stamp, !full)) this.#hooks.fetch(id);
      } else for (const raw of data.payload) this.#store.putConversation(raw);
      const { all_count: all, mine_count: me, unassigned_count: unassigned } = data.meta;
      this.#store.counts.set(filter.status, { all, me, unassigned });
    } catch (error) {
      list.error = this.#hooks.words(error);
    }
    list.loading = false;
    this.#store.changed();
  }

  more() {
    const list = this.#store.list();
    if (this.#store.search === null && list.more && !list.loading) this.load(list.page + 1);
  }

  /** Searches what was said, and names, addresses and identifiers of contacts; empty text ends it. */
  search(text) {
    clearTimeout(this.#searchTimer);
    const wanted = text.trim();
    if (wanted === (this.#store.search?.text ?? "")) return;
    this.#store.search = wanted === "" ? null : { text: wanted, ids: [], loading: true, error: null };
    this.#store.changed();
    if (wanted !== "") this.#searchTimer = setTimeout(() => this.#find(this.#store.search), SEARCH_PAUSE);
  }

  async #find(search) {
    try {
      const [said, people] = await Promise.all([this.#api.conversations({ q: search.text }), this.#api.contacts(search.text)]);
      const theirs = await Promise.all(people.payload.slice(0, PEOPLE).map((it) => this.#api.contactConversations(it.id)));
      if (this.#store.search !== search) return; // something else is wanted by now
      const found = [said.data.payload, ...theirs.map((it) => it.payload)].flat();
      for (const raw of found) this.#store.putConversation(raw);
      search.ids = [...new Set(found.map((raw) => raw.id))];
    } catch (error) {
      search.error = this.#hooks.words(error);
    }
    search.loading = false;
    this.#store.changed();
  }

  /** Loads the list again after a moment: the counts come with it. */
  loadSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.load(), PAUSE);
  }

  /** Asks who the agents are and what the inboxes are called. */
  async loadTeam() {
    try {
      const [agents, inboxes] = await Promise.all([this.#api.agents(), this.#api.inboxes()]);
      this.#store.agents = agents;
      this.#store.inboxes = new Map(inboxes.payload.map((it) => [it.id, it.name]));
      this.#store.changed();
    } catch (error) {
      this.#hooks.words(error); // without the list nobody else can be chosen, which shows
    }
  }

  /** Asks for all conversations of a contact. */
  async loadEarlier(contact) {
    try {
      const { payload } = await this.#api.contactConversations(contact);
      for (const raw of payload) this.#store.putConversation(raw);
      this.#store.earlier.set(contact, payload.map((raw) => raw.id));
      this.#store.changed();
    } catch (error) {
      this.#hooks.words(error); // the column goes on without them
    }
  }
}
