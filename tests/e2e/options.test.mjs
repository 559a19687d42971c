// What is made from the table of options, judged from outside: the schema of confab.json by a validator, the words of
// confab-help.js by who reads them. Documents are judged by the widget's own parser, too: tests/options.rs.

import { strict as assert } from 'node:assert';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL, fileURLToPath } from 'node:url';
import { before, describe, test } from 'node:test';

import Ajv from 'ajv/dist/2020.js';

import { DIST } from './lib/server.mjs';

const { good, bad } = JSON.parse(fs.readFileSync(fileURLToPath(new URL('../options/documents.json', import.meta.url)), 'utf8'));
let validate, worded, faults;

before(async () => {
  validate = new Ajv({ allErrors: true }).compile(JSON.parse(fs.readFileSync(path.join(DIST, 'confab.schema.json'), 'utf8')));
  ({ worded, FAULTS: faults } = await import(pathToFileURL(path.join(DIST, 'confab-help.js'))));
});

describe('confab.schema.json', () => {
  test('takes good documents', () => {
    for (const document of good) assert.equal(validate(document), true, JSON.stringify([document, validate.errors]));
  });

  test('refuses bad ones, and names the option', () => {
    for (const { document, option } of bad) {
      assert.equal(validate(document), false, JSON.stringify(document));
      const named = validate.errors.flatMap((error) => [error.instancePath.split('/').at(-1), error.instancePath.split('/')[1], error.params.unevaluatedProperty]);
      assert.ok(named.includes(option), `${option}: ${JSON.stringify(validate.errors)}`);
    }
  });
});

describe('confab-help.js', () => {
  const words = (option, value, more = {}, embedded = true) => worded({ code: 'config', option, value, detail: '', ...more, fault: faults.indexOf(more.fault ?? 'kind') }, embedded);

  test('has a message and a remedy for every option that can be wrong', () => {
    for (const { document, option } of bad) {
      const { message, remedy } = words(option, String(document[option]));
      assert.ok(message.length > 8 && remedy.length > 10, `${option}: ${message}, ${remedy}`);
    }
  });

  test('says what an option may be, and where a missing one belongs', () => {
    assert.match(words('theme', 'blue').remedy, /auto, light, dark/);
    assert.match(words('serverTimeBound', '1').remedy, /1000 to 600000/);
    assert.match(words('baseUrl', '', { fault: 'missing' }).remedy, /data-base-url/);
    assert.match(words('baseUrl', '', { fault: 'missing' }, false).remedy, /confab\.json/);
    assert.match(words('baseUrl', 'desk.example', { fault: 'scheme' }).remedy, /https:\/\/desk\.example/);
    assert.match(words('confab.json', '', { fault: 'file', detail: 'line 2 column 3' }).message, /line 2 column 3/);
    assert.match(words('baseUrl', 'https://x.example', { code: 'not_the_api', detail: '200' }).message, /status 200/);
    assert.match(words('email', '', { code: 'profile_refused', detail: 'Email is invalid' }).message, /Email is invalid/);
  });

  test('has words for what a newer widget may say', () => {
    const { message, remedy } = words('scent', 'rose', { code: 'new', fault: 'new' });
    assert.ok(message && remedy);
  });
});
