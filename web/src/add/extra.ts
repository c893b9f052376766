// The fields that the town has defined for a category: only those of the chosen one are
// shown. Without this script they stand under each other, each under its category.

export function followCategory(form: HTMLFormElement): void {
  const category = form.querySelector<HTMLSelectElement>('[name=category]');
  const groups = form.querySelectorAll<HTMLDetailsElement>('[data-extra]');
  const show = () => {
    for (const group of groups) {
      group.hidden = group.dataset.extra !== category?.value;
      group.open = !group.hidden;
    }
  };
  category?.addEventListener('input', show);
  show();
}
