import type { Product, ProductContent } from '../../domain/catalogue.ts';
import { canonicalJson } from '../../domain/json.ts';
import { ATTRIBUTES_BYTES_MAX, DESCRIPTION_CODE_POINTS_MAX } from '../../domain/limits.ts';
import type { QueryStore } from '../../queries/store.ts';
import { changedColumns } from './changes.ts';
import {
  type Comparison,
  type Fields,
  type ImportKind,
  identifierField,
  NAME_RULE,
  nameField,
  objectField,
  SAME,
  textField,
} from './kind.ts';

/** A column that the file lacks is undefined: what the product has there stays. */
type Line = { readonly [C in keyof ProductContent]: ProductContent[C] | undefined } & {
  readonly sku: string;
  readonly name: string;
};

const DESCRIPTION_RULE = { codePointsMax: DESCRIPTION_CODE_POINTS_MAX, multiline: true };

export const PRODUCTS: ImportKind = {
  name: 'products',
  columns: [
    { name: 'sku', required: true },
    { name: 'name', required: true },
    { name: 'description', required: false },
    { name: 'category', required: false },
    { name: 'attributes', required: false },
  ],
  read(fields) {
    const line = readLine(fields);
    return { key: line.sku, compare: (queries) => compare(line, queries) };
  },
};

function readLine(fields: Fields): Line {
  return {
    sku: identifierField(fields, 'sku'),
    name: nameField(fields),
    description: textField(fields, 'description', DESCRIPTION_RULE),
    category: textField(fields, 'category', NAME_RULE),
    attributes: objectField(fields, 'attributes', ATTRIBUTES_BYTES_MAX),
  };
}

async function compare(line: Line, queries: QueryStore): Promise<Comparison> {
  const { sku, name } = line;
  const known = await queries.product(sku);
  const content: ProductContent = {
    name,
    description: merged(line.description, known?.description),
    category: merged(line.category, known?.category),
    attributes: merged(line.attributes, known?.attributes),
  };
  const changes = known === undefined ? 'new' : changedColumns(texts(known), texts(content));
  if (changes === '') return SAME;
  const command = { type: 'putProduct', sku, content } as const;
  return { kind: 'differs', command, summary: `product ${sku}: ${changes}` };
}

function merged<T>(given: T | null | undefined, known: T | null | undefined): T | null {
  return (given === undefined ? known : given) ?? null;
}

function texts({ name, description, category, attributes }: Product | ProductContent) {
  return { name, description, category, attributes: canonicalJson(attributes) };
}
