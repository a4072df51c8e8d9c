/** The harness's side of a subject's process. */

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answer, Request } from './protocol.ts';
import type { Subject, Suite } from './suite.ts';

/** Longer than any setup or turn takes on a busy machine; a subject that has not answered by then hangs. */
const ANSWER_TIMEOUT_MS = 120_000;
/** How long a subject may take to tear down, and its process to end after that, before it is killed. Some peers hang there now and then. */
const TEARDOWN_TIMEOUT_MS = 2_000;

/** A subject that was set up and can take turns. */
export interface RunningSubject {
  /** Repeats the subject's work for `forMs` milliseconds without looking at its values. */
  warmUp(forMs: number): Promise<void>;
  /** Repeats the subject's work for `forMs` milliseconds and gives the value of each execution. */
  turn(forMs: number): Promise<readonly number[]>;
  /** Ends the subject and its process, by force where it does not end by itself, and says so on stderr. Never fails: the values are in. */
  close(): Promise<void>;
}

export type StartSubject = (suite: Suite, subject: Subject, parameters: unknown) => Promise<RunningSubject>;

/** Starts a process for one subject and sets the subject up in it. */
export const startSubjectProcess: StartSubject = async (suite, subject, parameters) => {
  const running = new SubjectProcess(suite.id, subject.name);
  try {
    await running.ask({ type: 'setup', moduleUrl: suite.moduleUrl, suite: suite.id, subject: subject.name, parameters });
  } catch (error) {
    await running.kill();
    throw error;
  }
  return running;
};

class SubjectProcess implements RunningSubject {
  readonly #child: ChildProcess;
  readonly #label: string;
  /** Settles the request under way. */
  #settle: ((answer: Answer) => void) | undefined;
  #hasExited = false;

  constructor(suiteId: string, subjectName: string) {
    this.#label = `Subject '${subjectName}' of suite '${suiteId}'`;
    this.#child = fork(fileURLToPath(new URL('./subject-main.js', import.meta.url)), {
      // What a subject prints goes to stderr: stdout belongs to the report.
      stdio: ['ignore', 2, 2, 'ipc'],
      serialization: 'advanced',
    });
    this.#child.on('message', (answer: Answer) => this.#settle?.(answer));
    this.#child.on('error', (error) => this.#settle?.({ type: 'failed', stack: error.message }));
    this.#child.on('exit', (code, signal) => {
      this.#hasExited = true;
      this.#settle?.({ type: 'failed', stack: `its process ended with ${signal ?? `exit code ${code}`} before it answered` });
    });
  }

  async warmUp(forMs: number): Promise<void> {
    await this.ask({ type: 'warm-up', forMs });
  }

  async turn(forMs: number): Promise<readonly number[]> {
    return await this.ask({ type: 'turn', forMs });
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @throws {Error} when the subject fails, its process ends, or no answer comes
   */
  async ask(request: Request, timeoutMs = ANSWER_TIMEOUT_MS): Promise<readonly number[]> {
    const answer = await new Promise<Answer>((resolve) => {
      const timer = setTimeout(() => {
        resolve({ type: 'failed', stack: `it has not answered for ${timeoutMs / 1_000} s` });
      }, timeoutMs);
      this.#settle = (settled) => {
        clearTimeout(timer);
        resolve(settled);
      };
      if (this.#hasExited) this.#settle({ type: 'failed', stack: 'its process has ended' });
      else this.#child.send(request);
    });
    this.#settle = undefined;
    if (answer.type === 'done') return answer.values;
    throw new Error(`${this.#label} failed in its ${request.type}: ${answer.stack}`);
  }

  async close(): Promise<void> {
    if (this.#hasExited) return;
    try {
      await this.ask({ type: 'teardown' }, TEARDOWN_TIMEOUT_MS);
      await this.#exited();
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    }
    await this.kill();
  }

  async kill(): Promise<void> {
    if (this.#hasExited) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  async #exited(): Promise<void> {
    if (this.#hasExited) return;
    const grace = new AbortController();
    const timer = setTimeout(() => {
      grace.abort();
    }, TEARDOWN_TIMEOUT_MS);
    try {
      await once(this.#child, 'exit', { signal: grace.signal });
    } catch {
      throw new Error(`${this.#label} left something behind after its teardown that kept its process alive`);
    } finally {
      clearTimeout(timer);
    }
  }
}
