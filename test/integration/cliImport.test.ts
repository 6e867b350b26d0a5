import { chmodSync, lstatSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliStage } from '../support/cliStage.ts';

const PRODUCTS = 'sku,name,description,category,attributes\n';
const LOCATIONS = 'location,name,kind,attributes\n';

let stage: CliStage;
beforeEach(() => {
  stage = new CliStage();
});
afterEach(() => stage.close());

/** Takes in text as a file; the kind is found from its header. */
function take(text: string | Buffer, ...words: readonly string[]) {
  return stage.run('import', stage.file('in.csv', text), ...words);
}

async function exported(subject: string): Promise<string> {
  const { code, out } = await stage.run('export', subject);
  expect(code).toBe(0);
  return out;
}

async function withCatalogue(): Promise<void> {
  await take('sku,name\nA,Apple\nB,Bread\n');
  await take('location,name,kind\nX,Shop,store\nY,Barn,warehouse\n');
}

describe('a file that was exported', () => {
  it('holds what was imported, however it must be quoted', async () => {
    const products = `${PRODUCTS}"a ""b"", c","Comma, quote "" and","three\nlines\n",tools,"{""size"":[1,2]}"\nplain,"  blanks ",Text,,\nÄpfel/1,Äpfel 🍏,"two\r\nlines",,\n`;
    const locations = `${LOCATIONS}"Here, there",Shop,store,"{""open"":true}"\n`;
    const stock = 'sku,location,onHand\n"a ""b"", c","Here, there",5\nplain,"Here, there",0\n';
    for (const text of [products, locations, stock]) {
      expect(await take(text)).toMatchObject({ code: 0, err: '' });
    }
    expect(await exported('products')).toBe(products);
    expect(await exported('locations')).toBe(locations);
    expect(await exported('stock')).toBe(stock);
  });

  it('changes nothing when it is imported again', async () => {
    await withCatalogue();
    await take('sku,location,onHand\nA,X,5\nB,Y,0\n');
    for (const subject of ['products', 'locations', 'stock']) {
      const again = await take(await exported(subject));
      expect(again.out).toMatch(/0 changes made/);
    }
  });

  it('is written whole or not at all', async () => {
    await withCatalogue();
    const out = path.join(stage.folder, 'products.csv');
    expect(await stage.run('export', 'products', '--out', out)).toMatchObject({ code: 0, out: '' });
    expect(readFileSync(out, 'utf8')).toBe(`${PRODUCTS}A,Apple,,,\nB,Bread,,,\n`);
    const nowhere = path.join(stage.folder, 'none', 'x.csv');
    const failed = await stage.run('export', 'products', '--out', nowhere);
    expect(failed).toMatchObject({ code: 1 });
    expect(failed.err).toContain(`cannot write ${nowhere}`);
  });
});

describe.skipIf(process.platform === 'win32')('the name of an export', () => {
  it('may be a link, which stays one, and a private file stays private', async () => {
    await withCatalogue();
    const file = stage.file('private.csv', 'before');
    chmodSync(file, 0o600);
    const link = path.join(stage.folder, 'link.csv');
    symlinkSync(file, link);
    expect(await stage.run('export', 'products', '--out', link)).toMatchObject({ code: 0 });
    expect(readFileSync(file, 'utf8')).toBe(`${PRODUCTS}A,Apple,,,\nB,Bread,,,\n`);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('must not be a folder', async () => {
    const { code, err } = await stage.run('export', 'products', '--out', stage.folder);
    expect(code).toBe(1);
    expect(err).toContain('it is a folder');
  });

  it('may be a device, which is not replaced', async () => {
    const out = path.join(stage.folder, 'device');
    symlinkSync('/dev/null', out);
    expect(await stage.run('export', 'products', '--out', out)).toMatchObject({ code: 0 });
    expect(statSync(out).isCharacterDevice()).toBe(true);
  });
});

describe('what a file lacks', () => {
  it('stays as it is where the column is missing, and is erased where the field is empty', async () => {
    await take(`${PRODUCTS}A,Apple,Green,fruit,"{""a"":1}"\n`);
    await take('sku,name,category\nA,Pear,\n');
    expect(await exported('products')).toBe(`${PRODUCTS}A,Pear,Green,,"{""a"":1}"\n`);
  });
});

describe('counts', () => {
  it('are absolute, so a file taken in twice counts nothing twice', async () => {
    await withCatalogue();
    const text = 'sku,location,quantity\nA,X,7\n';
    expect((await take(text)).out).toBe('stock: 1 line read, 1 change made\n');
    expect((await take(text)).out).toBe('stock: 1 line read, 0 changes made\n');
    const events = (await exported('events')).trim().split('\n');
    expect(JSON.parse(events.at(-1) ?? '')).toMatchObject({
      type: 'count',
      sku: 'A',
      location: 'X',
      quantity: 7,
      actor: 'import',
    });
  });

  it('say how much is there in all, so that what is promised stays promised', async () => {
    await withCatalogue();
    await take('sku,location,onHand\nA,X,7\n');
    await stage.submit({ type: 'quarantine', sku: 'A', location: 'X', quantity: 4 });
    expect(await exported('stock')).toBe('sku,location,onHand\nA,X,7\n');
    await take('sku,location,onHand\nA,X,5\n');
    expect(await exported('stock')).toBe('sku,location,onHand\nA,X,5\n');
    expect(await stage.run('verify')).toMatchObject({ code: 0 });
  });

  it('of more lines than one commit takes are all booked', async () => {
    const skus = Array.from({ length: 12_001 }, (_, index) => `S${index}`);
    await take(`sku,name\n${skus.map((sku) => `${sku},n`).join('\n')}\n`);
    await take('location,name,kind\nX,Shop,store\n');
    const rows = skus.map((sku, index) => `${sku},X,${index}`);
    expect((await take(`sku,location,onHand\n${rows.join('\n')}`)).out).toMatch('12,001 changes');
    expect((await exported('stock')).split('\n')).toHaveLength(12_003);
  });
});

describe('a dry run', () => {
  it('lists differences and changes nothing', async () => {
    await withCatalogue();
    await take('sku,location,onHand\nA,X,7\n');
    const result = await take('sku,location,onHand\nA,X,9\nB,Y,2\n', '--dry-run');
    expect(result).toMatchObject({ code: 3, err: '' });
    expect(result.out).toBe(
      'stock A at X: 7 -> 9\nstock B at Y: none -> 2\n2 lines, 2 changes to make\n',
    );
    expect(await exported('stock')).toBe('sku,location,onHand\nA,X,7\n');
    const change = await take('sku,name,category\nA,Pear,fruit\nC,Corn,\n', '--dry-run');
    expect(change.out).toContain('product A: name "Apple" -> "Pear", category none -> "fruit"');
    expect(change.out).toContain('product C: new');
  });

  it('ends with 0 when there is nothing to change', async () => {
    await withCatalogue();
    expect(await take('sku,name\nA,Apple\n', '--dry-run')).toMatchObject({ code: 0 });
  });
});

describe('a file with bad lines', () => {
  it('is not taken in at all, and every bad line is named', async () => {
    await withCatalogue();
    const result = await take(
      'sku,location,onHand\r\nA,X,1\r\n\r\nA,X,2\r\nB,X,-1\r\nB,Y,1.5\r\nB,Y\r\nC,Y,1\r\nA,Z,1\r\n A,Y,1\r\nB,X,2000000000\r\n',
    );
    expect(result.code).toBe(2);
    expect(result.err.replaceAll(`${stage.folder}${path.sep}`, '')).toBe(
      [
        'in.csv, line 4: says the same as line 2 anew',
        'in.csv, line 5: onHand must be a whole number from 0 to 1000000000; it is "-1"',
        'in.csv, line 6: onHand must be a whole number from 0 to 1000000000; it is "1.5"',
        'in.csv, line 7: has 2 fields, but the header has 3',
        'in.csv, line 8: the product "C" is not in the catalogue; import products first',
        'in.csv, line 9: the location "Z" is not in the catalogue; import locations first',
        'in.csv, line 10: sku must not begin or end with a blank; it is " A"',
        'in.csv, line 11: onHand must be a whole number from 0 to 1000000000; it is "2000000000"',
        'holdfast: in.csv has 8 bad lines; nothing was done',
        '',
      ].join('\n'),
    );
    expect(await exported('stock')).toBe('sku,location,onHand\n');
  });

  it('is told where they begin, however many lines a field has', async () => {
    const result = await take(
      'sku,name,description\r\nA,"n","x\r\ny\r\nz"\r\nB,n,"x\ny"\r\n,n,\r\nC,\u0007,\r\n',
    );
    expect(result.err).toContain('line 7: sku must not be empty; it is ""');
    expect(result.err).toContain('line 8: name must not hold a control character');
  });

  it('shows the first hundred', async () => {
    const rows = Array.from({ length: 150 }, () => ',n');
    const { err } = await take(`sku,name\n${rows.join('\n')}\n`);
    expect(err.split('\n').filter((line) => line.includes(', line '))).toHaveLength(100);
    expect(err).toContain('has 150 bad lines, the first 100 are shown; nothing was done');
  });

  it.each([
    ['sku,name,attributes\nA,n,[1]\n', 'attributes must be a JSON object; it is "[1]"'],
    ['sku,name,attributes\nA,n,"{x"\n', 'attributes must be a JSON object; it is "{x"'],
    ['location,name,kind\nX,n,shop\n', 'kind must be one of store, warehouse, venue'],
    ['sku,name\nA,\n', 'name must not be empty'],
    ['sku,name,attributes\nA,n,"{""a"":1e999}"\n', 'must not hold a number beyond 1.7e308'],
    ['sku,name,attributes\nA,n,"{""a"":""\\ud800""}"\n', 'must not hold a lone surrogate'],
    ['sku,name,attributes\nA,n,"{""\\u0007"":1}"\n', 'must not hold a control character'],
    ['sku,name,attributes\nA,n,"{""__proto__"":1}"\n', 'must not name a member __proto__'],
    [`sku,name,attributes\nA,n,"{""a"":${'['.repeat(20)}${']'.repeat(20)}}"\n`, 'nested deeper'],
    ['sku,name\rA,n\r', 'the header "sku,name\\rA,n" is of no kind'],
    [`${'a'.repeat(2_000)},n\n`, `the header "${'a'.repeat(60)}..." is of no kind`],
    [`sku,name\n${'a'.repeat(129)},n\n`, 'sku must have at most 128 characters'],
    ['sku,name\nA,"open\n', 'line 2: a quote is opened and never closed'],
    ['sku,name\nA,a"b\n', 'line 2: a quote in a field must be doubled'],
    ['sku,name\nA,n\nB,"a"b\n', 'line 3: a quoted field must end at its closing quote'],
    [Buffer.from('sku,name\nA,caf\xe9\n', 'latin1'), 'is not UTF-8'],
    ['sku,price\nA,1\n', 'the header "sku,price" is of no kind that is known'],
    ['sku,name,price\nA,n,1\n', 'has an unknown column "price"'],
    ['sku,name,NAME\nA,n,1\n', 'has the column name twice'],
    ['', 'the header "" is of no kind'],
  ])('%s', async (text, message) => {
    const result = await take(text);
    expect(result.code).toBe(2);
    expect(result.err).toContain(message);
    expect(await exported('products')).toBe(PRODUCTS);
  });

  it('that is a folder, or a pipe that cannot be read twice, is a clear message', async () => {
    const { code, err } = await stage.run('import', stage.folder);
    expect(code).toBe(2);
    expect(err).toContain('it is not a file; it is read more than once');
  });

  it('that is missing is a clear message', async () => {
    const result = await stage.run('import', path.join(stage.folder, 'none.csv'));
    expect(result.code).toBe(2);
    expect(result.err).toMatch(/^holdfast: cannot read .*none\.csv/);
  });

  it('is refused when it is not of the kind it is said to be', async () => {
    const result = await take('sku,name\nA,n\n', '--kind', 'stock');
    expect(result.err).toContain('has an unknown column "name"; stock have the columns');
  });
});

describe('a count below what is promised', () => {
  it('is a bad line', async () => {
    await withCatalogue();
    await take('sku,location,onHand\nA,X,7\n');
    await stage.submit({ type: 'quarantine', sku: 'A', location: 'X', quantity: 4 });
    const result = await take('sku,location,onHand\nA,X,3\n');
    expect(result.code).toBe(2);
    expect(result.err).toContain(
      'line 2: onHand is 3, but 4 units are reserved, committed or unavailable',
    );
  });
});
