/** @file The B-trees (version 1) that HDF5 finds the objects of groups and the chunks of data sets by. */
import { type Bytes, damaged } from '../bytes.ts'

const TREE = [0x54, 0x52, 0x45, 0x45]

/**
 * What the leaves of a version 1 B-tree point at, in order. `child` reads a key and the address that follows it, and
 * returns the address and where the next key begins.
 */
export function treeLeaves(
  file: Bytes,
  root: number,
  kind: number,
  what: string,
  child: (at: number) => readonly [address: number, next: number],
): number[] {
  const seen = new Set<number>()
  const leaves = new Set<number>()
  const visit = (node: number, level: number | undefined): number[] => {
    if (seen.has(node) || !file.startsWith(TREE, node) || file.u8(node + 4) !== kind)
      throw damaged(what, 'has a damaged index', node)
    seen.add(node)
    const own = file.u8(node + 5)
    if (level !== undefined && own !== level) throw damaged(what, 'has an index whose levels are mixed up', own)
    let at = node + 24
    const children = Array.from({ length: file.u16(node + 6) }, () => {
      const [address, next] = child(at)
      at = next
      if (own === 0 && leaves.has(address)) throw damaged(what, 'has an index that names one place twice', address)
      if (own === 0) leaves.add(address)
      return address
    })
    return own === 0 ? children : children.flatMap((address) => visit(address, own - 1))
  }
  return visit(root, undefined)
}
