// What the declarations say, as a compiler understands them, through every entry: each export has a doc comment, and nothing that can be reached
// from one is `any`, written or inferred or left by a type that does not resolve.
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { check, end, published, root } from './lib.mjs'

const entries = published().flatMap(({ room, manifest }) => Object.entries(manifest.exports).map(([entry, { types }]) => ({ name: manifest.name + entry.slice(1), file: realpathSync(join(root, 'packages', room, types)) })))
const program = ts.createProgram(entries.map(({ file }) => file), {
  module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, target: ts.ScriptTarget.ES2022, strict: true, noEmit: true,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts', 'lib.dom.asynciterable.d.ts'], types: ['node'],
  typeRoots: [join(root, 'node_modules/@types')]
})
const checker = program.getTypeChecker()
const isOurs = file => /\/packages\/[^/]+\/dist\//.test(file)
const ours = symbol => symbol?.declarations?.some(node => isOurs(node.getSourceFile().fileName)) ?? false

const { TypeLiteral, Function: Func, Method, ObjectLiteral } = ts.SymbolFlags
const nameless = TypeLiteral | Func | Method | ObjectLiteral
const seen = new Set()
let reached = 0

/** Follow `type` to all it is made of, into our declarations alone; `path` says how one comes there. */
function visit (type, path, found) {
  if (type.flags & ts.TypeFlags.Any) {
    found.push(`${path} is any`)
    return
  }
  if (seen.has(type)) return
  seen.add(type)
  reached++
  for (const part of type.types ?? []) visit(part, path, found)
  const parameters = type.target?.typeParameters ?? []
  for (const [i, argument] of (type.objectFlags & ts.ObjectFlags.Reference ? checker.getTypeArguments(type) : type.aliasTypeArguments ?? []).entries()) {
    // Iterable<string> is Iterable<string, any, any>: who wrote Iterable says so
    const byDefault = parameters[i] === undefined ? undefined : checker.getDefaultFromTypeParameter(parameters[i])
    if (!(argument.flags & byDefault?.flags & ts.TypeFlags.Any)) visit(argument, `${path}<${i}>`, found)
  }
  if (type.flags & ts.TypeFlags.TypeParameter) {
    for (const bound of [checker.getBaseConstraintOfType(type), checker.getDefaultFromTypeParameter(type)]) if (bound !== undefined) visit(bound, path, found)
  }
  // what is declared elsewhere is not ours to mend; a literal type has no name
  if (type.symbol !== undefined && !(type.symbol.flags & nameless) && !ours(type.symbol)) return
  for (const signature of [...type.getCallSignatures(), ...type.getConstructSignatures()]) {
    if (signature.declaration !== undefined && !isOurs(signature.declaration.getSourceFile().fileName)) continue
    for (const parameter of signature.getParameters()) visit(checker.getTypeOfSymbol(parameter), `${path}(${parameter.name})`, found)
    visit(signature.getReturnType(), `${path}()`, found)
  }
  for (const info of checker.getIndexInfosOfType(type)) visit(info.type, `${path}[]`, found)
  for (const property of type.getProperties()) if (ours(property) && !property.name.includes('#private')) visit(checker.getTypeOfSymbol(property), `${path}.${property.name}`, found)
}

for (const { name, file } of entries) {
  const source = program.getSourceFile(file)
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source)
  if (!check(name, module === undefined ? `${file} is no module` : undefined)) continue
  const errors = ts.getPreEmitDiagnostics(program, source)
  check(`${name}: type-checks`, errors.length === 0 ? undefined : ts.formatDiagnostics(errors, { getCanonicalFileName: path => path, getCurrentDirectory: () => root, getNewLine: () => '\n' }))
  const exported = checker.getExportsOfModule(module)
  const before = reached
  for (const symbol of exported) {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    check(`${name}: ${symbol.name} is documented`, target.getDocumentationComment(checker).length > 0 ? undefined : 'has no doc comment')
    const found = []
    if (target.flags & ts.SymbolFlags.Value) visit(checker.getTypeOfSymbol(target), symbol.name, found)
    if (target.flags & ts.SymbolFlags.Type) visit(checker.getDeclaredTypeOfSymbol(target), symbol.name, found)
    check(`${name}: ${symbol.name} without any`, found.length === 0 ? undefined : found.join('\n'))
  }
  console.log(`${name.padEnd(24)} ${String(exported.length).padStart(3)} exports, ${String(reached - before).padStart(4)} more types`)
}
end(`of ${entries.length} entries, each export documented, and any in none of ${reached} types`)
