(() => {
  const film = {{FILM}};
  // A page may hold the same output twice, and a notebook may run this again.
  for (const root of document.querySelectorAll('[data-spikebook-film="' + film.id + '"]')) {
    if (!root.dataset.ready && typeof DecompressionStream === 'function') {
      root.dataset.ready = '1';
      start(root).catch(() => { delete root.dataset.ready; });
    }
  }

  // unpack returns the colour indices of all images in all frames.
  async function unpack() {
    const raw = Uint8Array.from(atob(film.data), c => c.charCodeAt(0));
    const stream = new Blob([raw]).stream().pipeThrough(new DecompressionStream('deflate'));
    const all = new Uint8Array(await new Response(stream).arrayBuffer());
    let at = 0;
    return film.parts.map(part => {
      const size = part.rows * part.cols, values = all.slice(at, at + size * film.frames);
      at += size * film.frames;
      for (let i = size; i < values.length; i++) values[i] += values[i - size]; // differences, modulo 256
      return values;
    });
  }

  function picture(src) {
    return new Promise((done, fail) => {
      const img = new Image();
      img.onload = () => done(img);
      img.onerror = fail;
      img.src = src;
    });
  }

  function make(tag, props, ...children) {
    const e = Object.assign(document.createElement(tag), props);
    e.append(...children);
    return e;
  }

  async function start(root) {
    const [values, still] = await Promise.all([unpack(), picture(film.still)]);
    const canvas = make('canvas', { width: film.width * 2, height: film.height * 2 });
    canvas.style.cssText = 'display:block;max-width:100%;width:' + film.width + 'px;height:auto';
    const paper = canvas.getContext('2d');
    const parts = film.parts.map((part, k) => {
      const small = make('canvas', { width: part.cols, height: part.rows });
      const pen = small.getContext('2d');
      const colors = Uint32Array.from(film.colors[part.map]);
      return { ...part, small, pen, colors, values: values[k], image: pen.createImageData(part.cols, part.rows) };
    });

    let frame = 0, playing = false, visible = true, owed = 0, last = 0;
    const button = make('button', { type: 'button' });
    const slider = make('input', { type: 'range', min: 0, max: film.frames - 1, value: 0, step: 1 });
    const count = make('output');
    const speed = make('select', {}, ...[0.1, 0.25, 0.5, 1, 2, 4].map(s =>
      make('option', { value: s, textContent: s + '×', selected: s === 1 })));
    slider.setAttribute('aria-label', 'frame');
    speed.setAttribute('aria-label', 'speed');
    slider.style.cssText = 'flex:1;min-width:6em';
    count.style.cssText = 'font-variant-numeric:tabular-nums;white-space:nowrap;text-align:right;min-width:' + (String(film.frames).length * 2 + 3) * 0.6 + 'em';
    button.style.cssText = 'width:2.4em;height:2em;padding:0;font:inherit';
    const bar = make('div', {}, button, slider, count, speed);
    bar.style.cssText = 'display:flex;align-items:center;gap:8px;box-sizing:border-box;padding:4px 6px;max-width:100%;width:' + film.width + 'px;font:14px sans-serif';

    function draw() {
      paper.drawImage(still, 0, 0);
      paper.imageSmoothingEnabled = false;
      for (const p of parts) {
        const size = p.rows * p.cols, pixels = new Uint32Array(p.image.data.buffer);
        for (let i = 0; i < size; i++) pixels[i] = p.colors[p.values[frame * size + i]];
        p.pen.putImageData(p.image, 0, 0);
        paper.drawImage(p.small, p.x, p.y, p.w, p.h);
        if (p.blocks) {
          paper.fillStyle = 'rgba(128,128,128,0.69)';
          for (let i = p.blocks[0]; i < p.rows; i += p.blocks[0]) paper.fillRect(p.x, p.y + Math.round(p.h * i / p.rows) - 1, p.w, 2);
          for (let j = p.blocks[1]; j < p.cols; j += p.blocks[1]) paper.fillRect(p.x + Math.round(p.w * j / p.cols) - 1, p.y, 2, p.h);
        }
      }
      slider.value = frame;
      count.textContent = (frame + 1) + ' / ' + film.frames;
    }
    function tick(now) {
      if (!playing || !visible || !root.isConnected) { last = 0; return; }
      if (last) owed += (now - last) * speed.value / film.interval;
      last = now;
      const n = Math.floor(owed);
      owed -= n;
      if (n) { frame = (frame + n) % film.frames; draw(); }
      requestAnimationFrame(tick);
    }
    function play(on) {
      playing = on;
      button.textContent = on ? '❚❚' : '▶';
      button.setAttribute('aria-label', on ? 'pause' : 'play');
      last = 0;
      if (on) requestAnimationFrame(tick);
    }
    button.onclick = () => play(!playing);
    slider.oninput = () => { play(false); frame = +slider.value; draw(); };
    new IntersectionObserver(list => {
      const was = visible;
      visible = list[list.length - 1].isIntersecting;
      if (visible && !was && playing) play(true);
    }).observe(canvas);

    draw();
    root.replaceChildren(canvas, bar);
    play(film.frames > 1 && !matchMedia('(prefers-reduced-motion: reduce)').matches);
  }
})();
