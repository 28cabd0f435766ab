// One consignment of the demonstration's enterprise and what is said of it in
// each paper: manifest, verification list, declaration, release note, gate. The
// goods come from an origin under watch, are worth much, and the carrier's paper
// says another heading and another country of departure: enough for the red
// channel for certain, whatever the random draw says.
import assert from 'node:assert/strict';

// bookOf gives the account book of an enterprise.
export async function bookOf(enterprise) {
  const { items } = await enterprise.get('/api/v1/books?limit=1');
  assert.equal(items.length, 1, 'the enterprise has its book');
  return items[0];
}

// containerNumber completes ten characters by their check digit (ISO 6346).
export function containerNumber(stem) {
  const value = (sign) => (/\d/.test(sign) ? Number(sign) : [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].reduce((n, letter) => {
    if (n.found) return n;
    let next = n.value + 1;
    if (next % 11 === 0) next++;
    return { value: next, found: letter === sign };
  }, { value: 9, found: false }).value);
  const sum = [...stem].reduce((total, sign, place) => total + value(sign) * 2 ** place, 0);
  return `${stem}${(sum % 11) % 10}`;
}

// stamp makes numbers that no other run has used.
let turn = 0;
const stamp = () => `${Date.now() % 10_000_000_000}${turn++}`.padStart(11, '0');

// consignment invents goods for one line of the enterprise's book.
export async function consignment(enterprise, serial) {
  const book = await bookOf(enterprise);
  const line = book.lines.find((one) => one.commodity.startsWith('22')) ?? book.lines[0];
  const number = stamp();
  const units = 1200 + serial;
  return {
    book,
    line,
    units,
    bill: `E2EBL${number}`,
    manifest: `E2E${number}`,
    voyage: `${number.slice(-4)}E`,
    container: containerNumber(`CSQU${number.slice(-6)}`),
    seal: `S${number.slice(-7)}`,
    origin: 'KP',
    packages: '48',
    gross: String(units + 48),
    net: String(units),
    total: `${units * 7000}.00`,
    day: new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10),
    owner: book.operator,
    office: book.competentOffice,
    area: book.area,
  };
}

// manifestOf is the carrier's paper.
export function manifestOf(g) {
  return {
    id: g.manifest,
    kind: 'original',
    transport: { mode: '1', meansId: '9395044', meansName: 'DEMO SEINE', journey: g.voyage },
    office: g.office,
    portOfLoading: 'FRLEH',
    portOfDischarge: 'CNSGH',
    arrivalEstimated: g.day,
    consignments: [{
      number: g.bill,
      type: 'straight',
      consignor: { name: 'Demo Exporter Ltd.', country: 'FR' },
      consignee: { code: g.owner.creditCode, name: g.owner.name, country: 'CN' },
      packages: g.packages,
      packageKind: 'CT',
      grossMass: g.gross,
      portOfLoading: 'FRLEH',
      portOfDischarge: 'CNSGH',
      goods: [{ number: 1, description: 'Demonstration goods', hs: g.line.commodity.startsWith('2208') ? '220421' : '220830', packages: g.packages, packageKind: 'CT', grossMass: g.gross, equipment: [{ number: g.container }] }],
      equipment: [{ number: g.container, type: 'CN', sizeType: '45G1', filling: '5', seals: [{ number: g.seal, party: 'CA' }] }],
    }],
  };
}

// release are the papers that go through the interface for machines.
export const release = {
  // list files the verification list and gives its number; when the random draw
  // took it, an officer approves it first.
  async list(demo, enterprise, g) {
    const filed = await enterprise.post('/api/v1/verification-lists', {
      procedure: 'first-line-entry',
      list: {
        book: g.book.number, bookKind: g.book.kind, type: 0, direction: 'in', tradeMode: '5000', transportMode: '2',
        entryOffice: g.office, competentOffice: g.office, operator: g.owner, declared: true, declarationKind: 1, method: 'D',
        lines: [{
          number: 1, billLine: 1, bookLine: g.line.number, commodity: g.line.commodity, name: g.line.name, quantity: String(g.units), unit: g.line.unit,
          legalQuantity: String(g.units), legalUnit: g.line.legalUnit, total: g.total, currency: 'USD', origin: g.origin, grossMass: g.gross, netMass: g.net,
        }],
      },
    });
    if (filed.number) return filed.number;
    const officer = await demo.door('demo-officer');
    return (await officer.post(`/api/v1/verification-lists/${filed.id}/acts`, { act: 'approve', reason: 'drawn at random, in order' })).number;
  },
};

// fillDeclaration puts what the bill of lading does not say into the form.
export async function fillDeclaration(page, g, list) {
  const values = {
    '/entryOn': g.day, '/overseas/name': 'Demo Exporter Ltd.', '/overseas/country': 'FR', '/transport/mode': '2', '/departureCountry': g.origin, '/tradeCountry': 'FR',
    '/containers': `${g.container} ${g.seal}`, '/bookNumber': g.book.number, '/listNumber': list, '/tradeMode': '5000', '/levyNature': '',
    '/currency': 'USD', '/netMass': g.net,
    '/lines/0/commodity': g.line.commodity, '/lines/0/name': g.line.name, '/lines/0/quantity': String(g.units), '/lines/0/unit': g.line.unit,
    '/lines/0/legalQuantity': String(g.units), '/lines/0/legalUnit': g.line.legalUnit, '/lines/0/total': g.total, '/lines/0/origin': g.origin,
    '/lines/0/netMass': g.net, '/lines/0/levyMode': '3', '/lines/0/finalDestination': 'CN', '/lines/0/bookLine': String(g.line.number),
  };
  await page.locator('[name="/procedure"]').selectOption('first-line-entry');
  await page.locator('[name="/kind"]').selectOption('filing_bill');
  await page.locator('[name="/filingType"]').selectOption('1');
  for (const [name, value] of Object.entries(values)) await page.locator(`[name="${name}"]`).fill(value);
}

// truckOf is the vehicle that carries the goods, and the lane it takes.
export function truckOf(g, lane) {
  return { plate: `沪E${g.bill.slice(-5)}`, ePlate: `EP${g.bill.slice(-9)}`, tare: 13_000, box: 3_900, lane: `${g.area}-${lane}` };
}

// arrive applies for the release note and drives through the gate. A truck that
// the random draw picks to be looked at comes again.
export async function arrive(enterprise, gate, g, truck, list) {
  const from = new Date();
  const total = truck.tare + truck.box + Number(g.gross);
  await enterprise.post('/api/v1/release-notes', {
    note: {
      type: 2, binding: 'one_document_one_truck', direction: 'in', enterprise: g.owner.creditCode, area: g.area, book: g.book.number,
      documentKind: 'verification_list', documents: [list], plate: truck.plate, ePlate: truck.ePlate, truckTare: String(truck.tare),
      containers: [{ number: g.container, sizeType: '45G1', tare: String(truck.box) }], goodsGross: g.gross, goodsNet: g.net, total: String(total),
      applicant: g.owner.name, validFrom: from.toISOString(), validTo: new Date(from.getTime() + 72 * 3_600_000).toISOString(),
    },
  });
  for (let turn = 0; turn < 5; turn++) {
    const at = new Date(Date.now() + 1000);
    const passage = await gate.post('/api/v1/gate/readings', {
      area: g.area, gate: `${g.area}-main`, lane: truck.lane, laneKind: 'goods', direction: 'in', sequence: `${at.getTime()}-${turn}`, at: at.toISOString(),
      cameraPlate: truck.plate, ePlate: truck.ePlate, ePlatePlate: truck.plate, containerFront: g.container, weighed: true, scale: String(total + 20),
    });
    const verdict = passage.verdict ?? passage;
    if (verdict.outcome === 'pass') return passage;
    assert.equal(verdict.led, 'led.inspection', `held for another cause than a look: ${JSON.stringify(passage)}`);
  }
  return assert.fail('picked by the random draw five times');
}
