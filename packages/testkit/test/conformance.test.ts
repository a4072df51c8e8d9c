import { InlineExecutor } from '@heddle/core';
import { testExecutor } from '@heddle/testkit/conformance';

testExecutor({ name: 'InlineExecutor', create: () => new InlineExecutor() });
