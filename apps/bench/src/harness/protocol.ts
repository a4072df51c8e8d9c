/** What the harness and the process of a subject say to each other. One request is under way at a time. */

export type Request =
  | { readonly type: 'setup'; readonly moduleUrl: string; readonly suite: string; readonly subject: string; readonly parameters: unknown }
  | { readonly type: 'warm-up'; readonly forMs: number }
  | { readonly type: 'turn'; readonly forMs: number }
  | { readonly type: 'teardown' };

export type Answer = { readonly type: 'done'; readonly values: readonly number[] } | { readonly type: 'failed'; readonly stack: string };
