/**
 * The thread that calls of one key prefer, by rendezvous hashing: of all threads the one that scores highest for the key. Nothing is
 * remembered, so any number of keys costs no memory; and when a thread goes, only its own keys move, and come back with it.
 *
 * @see Thaler and Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", IEEE/ACM Transactions on Networking 6 (1998)
 */

/** Anything that is a thread, by a number that its replacement takes over. */
interface Numbered {
  readonly number: number;
}

/** Returns the thread that calls of `key` prefer; `undefined` when there is none. */
export function homeOf<T extends Numbered>(key: string, threads: Iterable<T>): T | undefined {
  const hash = hashOf(key);
  let home: T | undefined;
  let best = -1;
  for (const thread of threads) {
    const score = mix(hash ^ Math.imul(thread.number, GOLDEN));
    // Ordering: the lower number wins a tie, whatever order the threads come in.
    if (score < best || (score === best && home !== undefined && home.number < thread.number)) continue;
    home = thread;
    best = score;
  }
  return home;
}

const FNV_OFFSET = 0x81_1c_9d_c5;
const FNV_PRIME = 0x01_00_01_93;
/** 2^32 divided by the golden ratio: keeps small numbers far apart. */
const GOLDEN = 0x9e_37_79_b9;

/** FNV-1a over UTF-16 code units. */
function hashOf(key: string): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), FNV_PRIME);
  return hash;
}

/** The finisher of MurmurHash3: every bit of the input changes about half of those of the result, an unsigned number. */
function mix(hash: number): number {
  let mixed = hash;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85_eb_ca_6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2_b2_ae_35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
