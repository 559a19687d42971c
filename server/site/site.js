// The shop's pages. They know nothing of the chat but its script tag, which is made here only because the demo's
// port is not known beforehand.

const ROOT = new URL(".", import.meta.url);
const byId = (id) => document.getElementById(id);

const demo = await demoAccess();
if (demo) {
  const tag = tagFor(demo);
  linkConsoles(demo);
  if (byId("snippet")) showAddresses(demo, tag);
  addTag(tag);
} else {
  byId("no-demo").hidden = false;
  for (const link of document.querySelectorAll(".console-link, [data-console]")) link.replaceWith(...link.childNodes);
}

async function demoAccess() {
  try {
    const response = await fetch(new URL("demo.json", ROOT), { headers: { accept: "application/json" } });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

// The widget's files have an origin of their own on the same port.
function tagFor(found) {
  const src = new URL("confab.js", ROOT);
  src.hostname = "chat.localhost";
  return { src: src.href, "data-base-url": found.base, "data-inbox-identifier": found.inbox_identifier };
}

function addTag(attributes) {
  const script = document.createElement("script");
  for (const [name, value] of Object.entries(attributes)) script.setAttribute(name, value);
  script.async = true;
  script.addEventListener("error", () => {
    const trouble = byId("trouble");
    trouble.textContent = `The chat’s files are not at ${attributes.src}. Build them, and start the server with the folder they are in.`;
    trouble.hidden = false;
  });
  document.body.append(script);
}

// The console of one of the demo's people; the address names the person and holds no token.
function linkConsoles(found) {
  for (const link of document.querySelectorAll(".console-link")) link.href = found.agent;
  for (const link of document.querySelectorAll("[data-console]")) link.href = `${found.agent}?as=${link.dataset.console}`;
}

function showAddresses(found, attributes) {
  const pairs = Object.entries(attributes).map(([name, value]) => `${name}="${value}"`);
  byId("snippet").textContent = `<script ${pairs.join("\n  ")}\n  async></script>`;
  byId("with-demo").hidden = false;
  byId("console").href = found.agent;
  byId("console").hidden = false;
  fill("ids", [
    ["Base URL", found.base],
    ["Inbox identifier", found.inbox_identifier],
    ["Account", String(found.account)],
    ["This page", found.demo],
    ["Agent console", found.agent],
  ]);
  fill("tokens", [["Agent", found.agent_token], ["Administrator", found.admin_token]]);
  byId("copy").addEventListener("click", copySnippet);
}

function fill(id, rows) {
  for (const [name, value] of rows) {
    const term = document.createElement("dt");
    term.textContent = name;
    const details = document.createElement("dd");
    const code = document.createElement("code");
    code.textContent = value;
    details.append(code);
    byId(id).append(term, details);
  }
}

async function copySnippet(event) {
  const button = event.currentTarget;
  try {
    await navigator.clipboard.writeText(byId("snippet").textContent);
    button.textContent = "Copied";
  } catch {
    // Without leave to use the clipboard the text is selected, ready for the keyboard.
    getSelection().selectAllChildren(byId("snippet"));
    button.textContent = "Press Ctrl+C";
  }
  setTimeout(() => {
    button.textContent = "Copy";
  }, 2000);
}
