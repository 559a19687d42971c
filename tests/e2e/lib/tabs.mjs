// Which of a visitor's tabs leads.

/** The index of the page that holds the lead, or -1 while none does. */
export async function leader(pages) {
  const held = await Promise.all(pages.map((page) => page.evaluate(async () => {
    const probe = `probe ${crypto.randomUUID()}`;
    return navigator.locks.request(probe, async () => {
      const all = (await navigator.locks.query()).held;
      const own = all.find((lock) => lock.name === probe).clientId;
      return all.some((lock) => lock.clientId === own && lock.name.startsWith('confab:'));
    });
  }).catch(() => false)));
  return held.indexOf(true);
}
