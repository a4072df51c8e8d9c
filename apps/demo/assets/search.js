// The search box of the index page. A plain script: modules do not load from files.
(() => {
  const parts = globalThis.heddleSearch.map(({ options, index }) => MiniSearch.loadJS(index, options));

  const form = document.querySelector('.search');
  const query = document.querySelector('#query');
  const results = document.querySelector('#results');
  const groups = document.querySelector('#groups');
  const status = document.querySelector('#status');
  const MAX_RESULTS = 50;

  const search = (text) => parts.flatMap((part) => part.search(text)).sort((one, other) => other.score - one.score);

  const element = (name, className, text) => {
    const made = document.createElement(name);
    made.className = className;
    made.textContent = text;
    return made;
  };

  const resultItem = ({ id, title, group, path, summary }) => {
    const link = element('a', 'title', title);
    link.href = id;
    const item = document.createElement('li');
    item.append(link, element('span', 'where', `${group} / ${path}`), element('p', 'summary', summary));
    return item;
  };

  const show = () => {
    const text = query.value.trim();
    const isSearching = text !== '';
    const found = isSearching ? search(text) : [];
    results.replaceChildren(...found.slice(0, MAX_RESULTS).map(resultItem));
    results.hidden = !isSearching;
    groups.hidden = isSearching;
    const shown = found.length > MAX_RESULTS ? `, the best ${MAX_RESULTS} of them here` : '';
    status.textContent = isSearching ? `${found.length} ${found.length === 1 ? 'page' : 'pages'} found${shown}` : '';
    const address = isSearching ? `#q=${encodeURIComponent(text)}` : location.pathname;
    history.replaceState(null, '', address);
  };

  const readAddress = () => {
    const [, text] = /^#q=(.*)$/.exec(location.hash) ?? [];
    try {
      query.value = text === undefined ? '' : decodeURIComponent(text);
    } catch {
      query.value = '';
    }
    show();
  };

  query.addEventListener('input', show);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    results.querySelector('a')?.click();
  });
  addEventListener('keydown', (event) => {
    if (event.key === '/' && document.activeElement !== query) {
      event.preventDefault();
      query.focus();
    } else if (event.key === 'Escape' && document.activeElement === query) {
      query.value = '';
      show();
    }
  });
  form.hidden = false;
  if (location.hash.startsWith('#q=')) readAddress();
})();
