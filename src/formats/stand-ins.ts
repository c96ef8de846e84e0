/** @file What lies in the place of a file where a checkout or a download did not bring the file itself. */
import { damaged } from './bytes.ts'

/** Enough to tell them by. */
const HEAD_BYTES = 512

const STAND_INS: readonly (readonly [beginning: RegExp, problem: string])[] = [
  [
    // github.com/git-lfs/git-lfs/blob/main/docs/spec.md
    /^version https:\/\/git-lfs\.github\.com\/spec\//,
    'is a Git LFS pointer and not the file itself: fetch that with git lfs pull',
  ],
  [/^\s*<(!doctype html|html)\b/i, 'is an HTML page, perhaps one about the file: download the file itself'],
]

/** @throws SeparableError (`data`) when this is no file but what stands in for one */
export function rejectStandIn(bytes: Uint8Array, what: string): void {
  const head = new TextDecoder().decode(bytes.subarray(0, HEAD_BYTES))
  for (const [beginning, problem] of STAND_INS) if (beginning.test(head)) throw damaged(what, problem, head)
}
