import { render } from 'preact';

function App() {
  return <h1>Event bus console</h1>;
}

render(<App />, document.getElementById('app')!);
