'use strict';
/**
 * What Piscina loads on each thread. CommonJS, because Piscina loads by `require` first, and a thread that is ended while it
 * requires an ES module ends the whole process with it ("IsGraphAsync must be used on an instantiated module", Node 20.20).
 *
 * @import { Attachment } from './protocol.ts'
 */

const loaded = import('./worker.js');
// Told to whoever attaches.
loaded.catch(() => {});

/** Starts the agent of this thread. @param {Attachment} attachment */
module.exports = async function attach(attachment) {
  const { attach: start } = await loaded;
  start(attachment);
};
