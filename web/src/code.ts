// The secret link of a visitor: the code behind # goes into the form and out of the
// address. Browsers send fragments nowhere; the form sends it in its body.

import { byId } from './dom.ts';

export function startCode(): void {
  const form = byId<HTMLFormElement>('code-form');
  const field = form?.querySelector<HTMLInputElement>('input[name=code]');
  const code = decodeURIComponent(location.hash.slice(1));
  if (!form || !field || !/^\d+\.cqc_[\w-]+$/.test(code)) return;
  history.replaceState(null, '', location.pathname + location.search);
  field.value = code;
  form.requestSubmit();
}
