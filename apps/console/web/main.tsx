import { render } from 'preact';
import { App } from './app.tsx';
import { startKeyboard } from './keyboard/keys.ts';
import { path, startRouter } from './router.ts';
import { readAbout } from './state/about.ts';
import { startClock } from './state/clock.ts';
import { keepPreferences, language } from './preferences.ts';
import { openStream } from './state/stream.ts';
import { loadView, viewAt } from './views.ts';
import { showLanguage } from './words/words.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/scoreboard.css';
import './styles/controls.css';
import './styles/table.css';

keepPreferences();
startRouter();
startKeyboard();
startClock();
openStream();
void readAbout();
// The view comes while the words do; if it does not, the page says so once it is there.
loadView(viewAt(path.value)?.view.name ?? '')?.().catch(() => {});
await showLanguage(language.value);
render(<App />, document.querySelector('#app')!);
