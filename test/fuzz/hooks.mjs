// Erases types in every Node: what Node itself makes of a .ts file is not seen by Jazzer, which then measures nothing.
import { register } from 'node:module'

register('../ts-hooks.mjs', import.meta.url)
