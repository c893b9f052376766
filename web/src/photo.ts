// A large photo is made smaller on the device before it leaves: a camera's 8 MB take
// minutes on a street. What is written anew has no metadata: neither the place nor the
// day it was taken. A small file, or one that this browser does not read, leaves as it
// is; the server keeps no metadata of either but the day (internal/photos).

import { announce } from './dom.ts';
import { number, text } from './text.ts';

/** The longest side that is shown anywhere, in pixels (photos.Largest). */
const longest = 1920;
/** What is small already stays as it is, in bytes. */
const small = 600_000;

export async function shrink(input: HTMLInputElement): Promise<void> {
  const [file] = input.files ?? [];
  if (!file || file.size <= small) return;
  const buttons = input.form?.querySelectorAll<HTMLButtonElement>('[type=submit]') ?? [];
  for (const button of buttons) button.disabled = true;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const smaller = await drawn(picture);
    if (smaller && smaller.size < file.size) {
      const list = new DataTransfer();
      list.items.add(new File([smaller], 'photo.jpg', { type: 'image/jpeg' }));
      input.files = list.files;
      announce(text('photo.smaller', { before: megabytes(file.size), after: megabytes(smaller.size) }));
    }
  } catch {
    // A format that this browser does not read: the server says what it takes.
  }
  for (const button of buttons) button.disabled = false;
}

function drawn(picture: ImageBitmap): Promise<Blob | null> {
  const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.86));
}

const megabytes = (bytes: number): string => number(Math.round(bytes / 100_000) / 10);
