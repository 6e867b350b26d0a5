import { isNode, type Module, type SyntaxNode, walk } from './source.ts';

/** A global that is used as a value; `member` is what is taken from it, if that can be seen. */
export type GlobalUse = {
  readonly name: string;
  readonly member: string | undefined;
  readonly isConstruction: boolean;
  readonly argumentCount: number | undefined;
  readonly isInstanceCheck: boolean;
  readonly line: number;
};

const TYPE_DECLARATIONS = ['TSInterfaceDeclaration', 'TSTypeAliasDeclaration'];
const TYPE_PROPERTIES = ['typeAnnotation', 'typeArguments', 'typeParameters', 'returnType'];
const NAMES_A_MEMBER: Readonly<Record<string, string>> = {
  MemberExpression: 'property',
  Property: 'key',
  MethodDefinition: 'key',
  PropertyDefinition: 'key',
};

/** Every identifier that is read as a value: types, member names and imports are left out. */
export function usesOf({ program, lineOf }: Module): GlobalUse[] {
  const uses: GlobalUse[] = [];
  walk(program, (node, parent, key) => {
    if (isTypeOrImport(node, key)) return false;
    if (node.type === 'Identifier' && !namesMember(parent, key)) {
      uses.push(describe(node, parent, key, lineOf(node.start)));
    }
    return true;
  });
  return uses;
}

function isTypeOrImport(node: SyntaxNode, key: string): boolean {
  if (node.type === 'ImportDeclaration' || TYPE_DECLARATIONS.includes(node.type)) return true;
  // `x as T` and `x satisfies T` hold their value elsewhere, so this leaves out only the type.
  return TYPE_PROPERTIES.includes(key);
}

function namesMember(parent: SyntaxNode, key: string): boolean {
  if (parent['shorthand'] === true) return key === 'key';
  return NAMES_A_MEMBER[parent.type] === key && parent['computed'] !== true;
}

function describe(node: SyntaxNode, parent: SyntaxNode, key: string, line: number): GlobalUse {
  const isCallee = key === 'callee';
  return {
    name: String(node['name']),
    member: memberOf(parent, key) ?? patternMembers(parent, key),
    isConstruction: isCallee && parent.type === 'NewExpression',
    argumentCount: isCallee ? (parent['arguments'] as unknown[]).length : undefined,
    isInstanceCheck: parent['operator'] === 'instanceof' && key === 'right',
    line,
  };
}

function memberOf(parent: SyntaxNode, key: string): string | undefined {
  if (parent.type !== 'MemberExpression' || key !== 'object') return undefined;
  return nameIn(parent['property'], parent['computed'] === true);
}

// `const { env } = process`: the members that are taken, joined.
function patternMembers(parent: SyntaxNode, key: string): string | undefined {
  const pattern = parent['id'];
  if (parent.type !== 'VariableDeclarator' || key !== 'init' || !isNode(pattern)) return undefined;
  const properties = pattern['properties'];
  if (!Array.isArray(properties)) return undefined;
  return properties.map((property: SyntaxNode) => nameIn(property['key'], false) ?? '*').join(',');
}

function nameIn(node: unknown, computed: boolean): string | undefined {
  if (!isNode(node)) return undefined;
  const name = computed ? node['value'] : (node['name'] ?? node['value']);
  return typeof name === 'string' ? name : undefined;
}
