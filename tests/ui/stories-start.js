import start from '/stories.js';

await start({ module_or_path: '/stories_bg.wasm' });
document.documentElement.dataset.ready = '';
