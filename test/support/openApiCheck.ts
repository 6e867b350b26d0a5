import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { App } from '../../src/http/fastify.ts';

/** What came back for what was asked. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** @throws {Error} when an answer is not as the OpenAPI document of its server says */
export type CheckExchange = (exchange: Exchange) => void;

type Media = { readonly schema?: object };
type Operation = {
  readonly responses: Record<string, { readonly content?: Record<string, Media> }>;
};
type Paths = Record<string, Record<string, Operation>>;

/** Checks every answer of the API against the document that the same server serves. */
export function checkAgainstOpenApi(app: App): CheckExchange {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  const validators = new Map<string, ValidateFunction>();
  let paths: Paths | undefined;
  return (exchange) => {
    if (paths === undefined) {
      const document: { readonly paths: Paths } = JSON.parse(JSON.stringify(app.swagger()));
      ajv.addSchema(document, 'openapi');
      paths = document.paths;
    }
    const media = mediaOf(paths, exchange);
    if (media === undefined) return;
    const pointer = `openapi#${media}/schema`;
    const validate = validators.get(pointer) ?? ajv.compile({ $ref: pointer });
    validators.set(pointer, validate);
    if (validate(JSON.parse(exchange.text))) return;
    const { method, url, status, text } = exchange;
    throw new Error(`${method} ${url} ${status}: ${ajv.errorsText(validate.errors)} in ${text}`);
  };
}

/** @returns a pointer into the document; undefined for what it does not describe as JSON */
function mediaOf(paths: Paths, exchange: Exchange): string | undefined {
  const { method, url, status, contentType, text } = exchange;
  const path = Object.keys(paths).find((template) => patternOf(template).test(url));
  if (path === undefined || text === '') return undefined;
  const name = method.toLowerCase();
  const operation = paths[path]?.[name];
  if (operation === undefined) return undefined;
  const response = operation.responses[status];
  if (response === undefined)
    throw new Error(`${method} ${path} does not say that it answers ${status}`);
  const [type = ''] = contentType.split(';');
  if (!type.includes('json')) return undefined;
  if (response.content?.[type] === undefined) {
    throw new Error(`${method} ${path} ${status} does not say that it answers ${type}`);
  }
  return ['', 'paths', path, name, 'responses', status, 'content', type].map(step).join('/');
}

function patternOf(template: string): RegExp {
  return new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/?]*')}(\\?|$)`);
}

function step(name: string | number): string {
  return encodeURIComponent(String(name).replaceAll('~', '~0').replaceAll('/', '~1'));
}
