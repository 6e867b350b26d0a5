import {
  LOCATION_KINDS,
  type Location,
  type LocationContent,
  type LocationKind,
} from '../../domain/catalogue.ts';
import { canonicalJson, type JsonObject } from '../../domain/json.ts';
import { ATTRIBUTES_BYTES_MAX } from '../../domain/limits.ts';
import type { QueryStore } from '../../queries/store.ts';
import { quoted } from '../inputFile.ts';
import { changedColumns } from './changes.ts';
import {
  type Comparison,
  type Fields,
  type ImportKind,
  identifierField,
  LineFault,
  nameField,
  objectField,
  SAME,
} from './kind.ts';

interface Line {
  readonly location: string;
  readonly name: string;
  readonly kind: LocationKind;
  /** Undefined where the file lacks the column: what the location has there stays. */
  readonly attributes: JsonObject | null | undefined;
}

export const LOCATIONS: ImportKind = {
  name: 'locations',
  columns: [
    { name: 'location', required: true },
    { name: 'name', required: true },
    { name: 'kind', required: true },
    { name: 'attributes', required: false },
  ],
  read(fields) {
    const line = readLine(fields);
    return { key: line.location, compare: (queries) => compare(line, queries) };
  },
};

function readLine(fields: Fields): Line {
  return {
    location: identifierField(fields, 'location'),
    name: nameField(fields),
    kind: kindField(fields.get('kind') ?? ''),
    attributes: objectField(fields, 'attributes', ATTRIBUTES_BYTES_MAX),
  };
}

function kindField(text: string): LocationKind {
  const kind = LOCATION_KINDS.find((name) => name === text);
  if (kind !== undefined) return kind;
  throw new LineFault(`kind must be one of ${LOCATION_KINDS.join(', ')}; it is ${quoted(text)}`);
}

async function compare(line: Line, queries: QueryStore): Promise<Comparison> {
  const { location, name, kind } = line;
  const known = await queries.location(location);
  const attributes = (line.attributes === undefined ? known?.attributes : line.attributes) ?? null;
  const content: LocationContent = { name, kind, attributes };
  const changes = known === undefined ? 'new' : changedColumns(texts(known), texts(content));
  if (changes === '') return SAME;
  const command = { type: 'putLocation', location, content } as const;
  return { kind: 'differs', command, summary: `location ${location}: ${changes}` };
}

function texts({ name, kind, attributes }: Location | LocationContent) {
  return { name, kind, attributes: canonicalJson(attributes) };
}
