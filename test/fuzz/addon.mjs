// Lets Jazzer's addon load where the C library is older than the one it was built with. It asks for glibc 2.38, which Debian 12 and others do not
// have, for the sake of three names: `strtol` and `strtoul` under the names that C23 gave them, and a marker of libstdc++ that nothing calls.
// The first two are pointed at their old names, and the versions are no longer demanded. Knows ELF of 64 bits, nothing of fuzzing.
import { createRequire } from 'node:module'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'

const TOO_NEW = ['GLIBC_2.38', 'GLIBCXX_3.4.32']
/** The oldest version of glibc on each kind of machine, under which the old names stand. */
const OLDEST = ['GLIBC_2.2.5', 'GLIBC_2.17']
const PREFIX = '__isoc23_'
const WEAK = 2

/** Why the addon in `room` cannot be loaded, or undefined. Mends it if that helps. */
export function mendAddon (room) {
  const why = tryAddon(room)
  if (why === undefined || !TOO_NEW.some(version => why.includes(version))) return why
  const file = join(room, `node_modules/@jazzer.js/fuzzer/prebuilds/fuzzer-${process.platform}-${process.arch}.node`)
  const bytes = readFileSync(file)
  mend(bytes)
  writeFileSync(file, bytes)
  return tryAddon(room)
}

/** Load it in a process of its own: a file that is loaded must not be written. */
function tryAddon (room) {
  const resolve = createRequire(join(room, 'package.json')).resolve
  let program
  try {
    program = resolve('@jazzer.js/fuzzer')
  } catch {
    return 'not installed'
  }
  const { status, stderr } = spawnSync(process.execPath, ['-e', `require(${JSON.stringify(program)})`], { encoding: 'utf8' })
  return status === 0 ? undefined : /Error: .*/.exec(stderr)?.[0] ?? `exit ${status}`
}

/** Change the version demands and the names in the bytes of a shared object. */
export function mend (bytes) {
  const number = at => Number(bytes.readBigUInt64LE(at))
  const [table, size, count, names] = [number(0x28), bytes.readUInt16LE(0x3a), bytes.readUInt16LE(0x3c), bytes.readUInt16LE(0x3e)]
  const section = at => ({ name: bytes.readUInt32LE(at), offset: number(at + 0x18), size: number(at + 0x20) })
  const strings = section(table + names * size).offset
  const text = at => bytes.toString('latin1', at, bytes.indexOf(0, at))
  const find = name => {
    for (let at = table; at < table + count * size; at += size) if (text(strings + section(at).name) === name) return section(at)
    throw new Error(`no section ${name}`)
  }
  const [dynstr, dynsym, versions, needs] = ['.dynstr', '.dynsym', '.gnu.version', '.gnu.version_r'].map(find)
  let oldest = 0
  for (let need = needs.offset, more = true; more;) {
    let one = need + bytes.readUInt32LE(need + 8)
    for (let left = bytes.readUInt16LE(need + 2); left > 0; left--) {
      const name = text(dynstr.offset + bytes.readUInt32LE(one + 8))
      if (TOO_NEW.includes(name)) bytes.writeUInt16LE(WEAK, one + 4)
      if (OLDEST.includes(name) && text(dynstr.offset + bytes.readUInt32LE(need + 4)) === 'libc.so.6') oldest = bytes.readUInt16LE(one + 6)
      one += bytes.readUInt32LE(one + 12)
    }
    const next = bytes.readUInt32LE(need + 12)
    more = next > 0
    need += next
  }
  if (oldest === 0) throw new Error('no old version to fall back on')
  for (let index = 0; index < dynsym.size / 24; index++) {
    const at = dynsym.offset + 24 * index
    const name = bytes.readUInt32LE(at)
    if (!text(dynstr.offset + name).startsWith(PREFIX)) continue
    // The old name is the end of the new one
    bytes.writeUInt32LE(name + PREFIX.length, at)
    bytes.writeUInt16LE(oldest, versions.offset + 2 * index)
  }
}
