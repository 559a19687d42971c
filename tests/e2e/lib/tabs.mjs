// Which of a visitor's tabs leads, and which is seen.

import { eventually } from './agent.mjs';

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

/**
 * Another tab comes before this one. Playwright has every page believe that it is looked at, and a page that is looked at
 * is never frozen: that belief is taken from it, over Playwright's own session, until the answer is called.
 */
export async function hide(page) {
  const { _client: own } = page._connection.toImpl(page).delegate._mainFrameSession;
  await own.send('Emulation.setFocusEmulationEnabled', { enabled: false });
  const other = await page.context().newPage();
  await other.bringToFront();
  await eventually('the page to be hidden', async () => (await page.evaluate(() => document.visibilityState)) === 'hidden');
  return async () => {
    await page.bringToFront();
    await other.close();
    await own.send('Emulation.setFocusEmulationEnabled', { enabled: true });
  };
}
