// How much memory a process holds.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Resident MiB, as the system counts. */
export async function megabytes (pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', `${pid}`])
  return Number(stdout) / 1024
}
