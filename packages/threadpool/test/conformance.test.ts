import { sharedQueue, ThreadPool } from '@heddle/threadpool';
import { testExecutor } from '@heddle/testkit/conformance';

testExecutor({ name: 'ThreadPool with one thread', create: () => new ThreadPool({ threads: 1 }) });
testExecutor({ name: 'ThreadPool with two threads', create: () => new ThreadPool({ threads: 2 }) });
testExecutor({ name: 'ThreadPool whose threads do not steal', create: () => new ThreadPool({ threads: 2, strategy: sharedQueue() }) });
