/** What is done to a payload, the same for all: next to nothing, so that moving it is what is measured. No imports, so that it loads alike. */

/** Adds one to the first byte, in place, and gives its new value: so it shows that the bytes arrived. */
export function touch(bytes: Uint8Array): number {
  bytes[0] = ((bytes[0] ?? 0) + 1) & 0xff;
  return bytes[0];
}
