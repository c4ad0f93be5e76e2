import type { Words } from './en.ts';
import { koFirst } from './ko-first.ts';
import { koViews } from './ko-views.ts';

export const ko: Words = { ...koFirst, ...koViews };
