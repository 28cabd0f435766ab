// The story of one consignment through the console, once in English and once in
// Chinese: manifest, declaration, held and why, inspection, release, gate, book,
// and the proof of it all.
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { product, withBrowser, withDemo, wordsOf } from './harness.mjs';
import { arrive, bookOf, consignment, fillDeclaration, manifestOf, release, truckOf } from './consignment.mjs';

const browser = withBrowser();
const demo = withDemo();

for (const locale of ['en', 'zh-CN']) {
  const say = wordsOf(locale);
  const cause = locale === 'en' ? 'Origin under watch' : '重点原产国';
  // what one step leaves for the next
  const seen = {};
  const needs = (...names) => names.forEach((name) => assert.ok(seen[name], `an earlier step did not get to the ${name}`));
  const as = (user, visit) => demo.as(browser.browser, user, { locale, acceptDownloads: true }, visit);

  describe(`a consignment from the ship to the book, in ${locale}`, () => {
    test('the carrier sends the manifest', async () => {
      const enterprise = await demo.door('demo-enterprise');
      seen.goods = await consignment(enterprise, locale === 'en' ? 1 : 2);
      await as('demo-carrier', async (page) => {
        await page.goto(`${demo.origin}/manifests`);
        await page.getByRole('link', { name: say('manifest.send') }).click();
        assert.equal(await page.locator('html').getAttribute('lang'), locale);
        await page.locator('[name=format]').selectOption('json');
        await page.locator('[name=text]').fill(JSON.stringify(manifestOf(seen.goods)));
        await page.locator('main form button.primary').click();
        await page.waitForURL(/\/manifests\/\w+$/);
        await page.locator('#bills').getByRole('link', { name: seen.goods.bill }).click();
        await page.waitForURL(/\/bills\/\w+$/);
        seen.bill = new URL(page.url()).pathname.split('/').pop();
      });
    });

    test('the enterprise declares the goods, sees what they cost, lodges, and learns that they are held and why', async () => {
      const enterprise = await demo.door('demo-enterprise');
      seen.list = await release.list(demo, enterprise, seen.goods);
      await as('demo-enterprise', async (page) => {
        await page.goto(`${demo.origin}/bills/${seen.bill}`);
        await page.getByRole('link', { name: say('bill.declare') }).click();
        await page.waitForURL('**/declare?bill=*');
        assert.equal(await page.locator('[name="/grossMass"]').inputValue(), seen.goods.gross, 'what the bill says is not asked again');
        await fillDeclaration(page, seen.goods, seen.list);
        await page.getByRole('button', { name: say('form.preview') }).first().click();
        const preview = page.getByRole('region', { name: say('preview.title') });
        await preview.waitFor();
        await preview.getByText(say('fact.tax')).first().waitFor();
        assert.equal(await preview.getByText(say('declaration.manual')).count(), 0, 'the channel is told when it is lodged, not before');
        await page.getByRole('button', { name: say('form.lodge') }).first().click();
        await page.waitForURL(/\/declarations\/\w+$/);
        seen.declaration = new URL(page.url()).pathname.split('/').pop();
        const head = page.locator('main > header');
        await head.getByText(say('declaration.manual')).waitFor();
        seen.number = await head.locator('h1 [data-copy]').getAttribute('data-copy');
        assert.match(seen.number, /^\d{18}$/);
        const why = page.getByRole('region', { name: say('why.title') });
        await why.getByText(cause).waitFor();
      });
    });

    test('the officer opens it from the worklist and orders an inspection', async () => {
      needs('declaration', 'number');
      await as('demo-officer', async (page) => {
        await page.goto(`${demo.origin}/work`);
        await page.getByRole('searchbox').fill(seen.number);
        await page.keyboard.press('Enter');
        await page.getByRole('link', { name: seen.number }).click();
        await page.waitForURL(`**/declarations/${seen.declaration}`);
        const why = page.getByRole('region', { name: say('why.title') });
        await why.getByText(cause).waitFor();
        await why.getByText('D-ORIGIN', { exact: true }).waitFor();
        await why.getByText('KP', { exact: true }).waitFor();
        await page.getByLabel(say('acts.reason')).fill(locale === 'en' ? 'where the goods come from is to be looked at' : '核查货物来源');
        await page.locator('#acts').getByRole('button', { name: say('act.inspect') }).click();
        await page.locator('main > header').getByText(say('declaration.inspecting')).waitFor();
        const order = page.locator('a[href^="/inspections/"]').first();
        seen.order = (await order.getAttribute('href')).split('/').pop();
      });
    });

    test('only the drawn inspectors can record the result, and they do', async () => {
      needs('order');
      const officer = await demo.door('demo-officer');
      const order = await officer.get(`/api/v1/inspection-orders/${seen.order}`);
      const { drawn } = order.drawings.at(-1);
      assert.ok(drawn.length >= 2, 'two are drawn');
      await as('demo-officer', async (page) => {
        await page.goto(`${demo.origin}/inspections/${seen.order}`);
        assert.equal(await page.getByLabel(say('inspection.code')).count(), 0, 'who was not drawn sees no form');
      });
      await as(`desk-${drawn[0].toLowerCase()}`, async (page) => {
        await page.goto(`${demo.origin}/work?view=inspect`);
        await page.locator(`a[href="/inspections/${seen.order}"]`).first().click();
        await page.getByLabel(say('inspection.code')).selectOption('N00');
        for (const answer of await page.locator('input[name^=answer]').all()) await answer.fill('agrees');
        await page.getByLabel(say('inspection.present')).fill('王敏');
        await page.getByLabel(say('inspection.signature')).fill('王敏 13800000000');
        await page.locator('#result').getByRole('button', { name: say('inspection.record') }).click();
        await page.getByText('N00').first().waitFor();
        assert.equal(await page.getByLabel(say('inspection.code')).count(), 0, 'a result is recorded once');
        seen.inspected = true;
      });
    });

    test('the officer releases', async () => {
      needs('inspected');
      await as('demo-officer', async (page) => {
        await page.goto(`${demo.origin}/declarations/${seen.declaration}`);
        await page.getByLabel(say('acts.reason')).fill(locale === 'en' ? 'looked at: the goods are as declared' : '经查验，货物与申报相符');
        await page.locator('#acts').getByRole('button', { name: say('act.release') }).click();
        await page.locator('main > header').getByText(say('declaration.released')).waitFor();
        assert.equal(await page.locator('#acts').count(), 0, 'nothing is left to decide');
        seen.released = true;
      });
    });

    test('the truck passes the gate, the lane shows it, the book has the goods', async () => {
      needs('released');
      const enterprise = await demo.door('demo-enterprise');
      const gate = await demo.door('demo-gate');
      const account = await bookOf(enterprise);
      const posted = async (page) => {
        await page.goto(`${demo.origin}/books/${account.id}?line=${seen.goods.line.number}`);
        const text = await page.locator('tr.changed td.number').nth(1).textContent();
        return Number(text.replaceAll(/[^\d.-]/g, ''));
      };
      let before;
      await as('demo-enterprise', async (page) => {
        before = await posted(page);
      });
      const truck = truckOf(seen.goods, locale === 'en' ? 3 : 4);
      await as('demo-gate', async (page) => {
        await page.goto(`${demo.origin}/lanes/${truck.lane}`);
        await page.locator('#live[data-level=ok]').waitFor();
        await arrive(enterprise, gate, seen.goods, truck, seen.list);
        // nobody touches the page: the passage comes by itself
        await page.getByRole('region', { name: say('check.plate') }).getByText(truck.plate).waitFor();
        await page.getByRole('status', { name: say('lane.verdict') }).getByText(say('lane.pass')).waitFor();
      });
      await as('demo-enterprise', async (page) => {
        assert.equal((await posted(page)) - before, seen.goods.units, 'the posted stock grew by what came in');
        await page.locator('#movements').getByText(`+${seen.goods.units.toLocaleString('en-US')}`).first().waitFor();
      });
    });

    test('the journal shows the chain, and its proof verifies', async () => {
      needs('released');
      await as('demo-auditor', async (page) => {
        await page.goto(`${demo.origin}/journal`);
        await page.locator('#kind').selectOption('declaration');
        await page.locator('[name=id]').fill(seen.declaration);
        await page.locator('main').getByRole('button', { name: say('search.go') }).click();
        await page.waitForURL('**/journal?*');
        const table = page.locator('#entries');
        for (const word of ['entry.declaration.accepted', 'entry.declaration.held', 'entry.inspection.ordered', 'entry.inspection.recorded', 'entry.declaration.released']) {
          await table.getByText(say(word), { exact: true }).first().waitFor();
        }
        await table.getByRole('row').filter({ hasText: say('entry.declaration.released') }).getByRole('link').first().click();
        await page.waitForURL(/\/journal\/\w+$/);
        const proof = page.getByRole('link', { name: say('journal.download') });
        // entries are sealed a moment after they are written
        for (let tries = 0; tries < 40 && (await proof.count()) === 0; tries++) {
          await page.waitForTimeout(250);
          await page.reload();
        }
        const [download] = await Promise.all([page.waitForEvent('download'), proof.click()]);
        const folder = await mkdtemp(join(tmpdir(), 'seine-proof-'));
        try {
          const file = join(folder, 'receipt.json');
          await download.saveAs(file);
          await page.goto(`${demo.origin}/verify`);
          const command = await page.locator('pre code').first().textContent();
          const key = /--key (\S+)/.exec(command)[1];
          const { stdout } = await promisify(execFile)(product, ['verify', '--key', key, file]);
          assert.ok(stdout.trim().length > 0, 'verify says what it found');
          const forged = (await import('node:fs')).readFileSync(file, 'utf8').replace('declaration.released', 'declaration.returned');
          await writeFile(file, forged);
          await assert.rejects(promisify(execFile)(product, ['verify', '--key', key, file]), 'a changed proof is refused');
        } finally {
          await rm(folder, { recursive: true });
        }
      });
    });
  });
}
