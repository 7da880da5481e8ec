/** Passes files dropped anywhere on the element to `take`, and keeps the browser from opening them. */
export function acceptDrops(host: HTMLElement, take: (files: File[]) => void): void {
  let inside = 0;
  const highlight = (change: number) => {
    inside = Math.max(0, inside + change);
    host.classList.toggle("dropping", inside > 0);
  };
  const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes("Files") ?? false;
  // enter and leave fire for every element that the pointer crosses
  host.addEventListener("dragenter", (event) => hasFiles(event) && highlight(1));
  host.addEventListener("dragleave", (event) => hasFiles(event) && highlight(-1));
  host.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  host.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    highlight(-inside);
    take([...(event.dataTransfer?.files ?? [])]);
  });
}
