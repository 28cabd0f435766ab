// Cuts Noto Sans SC to the characters of GBK, Latin and the signs of a working,
// for internal/print: npm install, then node make.mjs. The result is committed,
// so that a build needs neither npm nor this script.
import subsetFont from 'subset-font';
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const here = new URL('.', import.meta.url).pathname;
const from = here + 'node_modules/@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf';
const to = here + '../../internal/print/data/noto-sans-sc.ttf.gz';

let text = '×÷−–—…“”‘’·¥€£°²³№←→√≤≥▲●■◆✓✕';
for (let c = 0x20; c < 0x180; c++) text += String.fromCharCode(c);
const gbk = new TextDecoder('gbk');
for (let a = 0x81; a <= 0xfe; a++) {
  for (let b = 0x40; b <= 0xfe; b++) {
    const one = b === 0x7f ? '\ufffd' : gbk.decode(Uint8Array.of(a, b));
    if (!one.includes('\ufffd')) text += one;
  }
}
const font = await subsetFont(readFileSync(from), text, { targetFormat: 'truetype', noLayoutClosure: true });
writeFileSync(to, gzipSync(font, { level: 9 }));
console.log(`${[...text].length} characters, ${font.length} bytes`);
