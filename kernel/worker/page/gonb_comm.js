// The browser's side of gonbui's comms, widgets and dom: the object
// globalThis.gonb_comm, which talks with the kernel through a websocket of its own
// to the Jupyter server. Values travel between addresses: send, subscribe, and
// variables that both sides keep equal. Run again, it only says that it is here
// while the connection that it made is alive.
((kernel) => {
  "use strict";
  const old = globalThis.gonb_comm;
  if (old && old.kernel === kernel && old.alive()) return old.send("#installed", true);
  if (old) old.close();

  // Where the server is: JupyterLab and Notebook 7 say it in the page, classic
  // notebooks in the body.
  const page = (() => {
    const element = document.getElementById("jupyter-config-data");
    let config = {};
    try { if (element) config = JSON.parse(element.textContent); } catch (e) { /* another page's element */ }
    const base = config.baseUrl || document.body.dataset.baseUrl || "/";
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    let ws = config.wsUrl || scheme + "//" + location.host + base;
    if (ws.startsWith("/")) ws = scheme + "//" + location.host + ws;
    return { ws: ws.endsWith("/") ? ws : ws + "/", token: config.token || document.body.dataset.token || "" };
  })();
  const id = () => globalThis.crypto?.randomUUID?.() ?? Array.from({ length: 4 }, () => Math.random().toString(16).slice(2, 10)).join("");
  const session = id();
  const comm = id();

  let url = page.ws + "api/kernels/" + encodeURIComponent(kernel) + "/channels?session_id=" + session;
  if (page.token) url += "&token=" + encodeURIComponent(page.token);
  const socket = new WebSocket(url);
  let ready = false;
  let waiting = []; // messages from before the kernel has answered
  const listeners = new Map(); // address → Map(key → function)
  const addressOf = new Map(); // key → address
  const variables = new Map(); // address → variable

  const raw = (type, content) => {
    const header = { msg_id: id(), msg_type: type, session, username: "", date: new Date().toISOString(), version: "5.4" };
    socket.send(JSON.stringify({ header, msg_id: header.msg_id, msg_type: type, parent_header: {}, metadata: {}, content, buffers: [], channel: "shell" }));
  };
  const message = (data) => {
    if (ready) raw("comm_msg", { comm_id: comm, data });
    else waiting.push(data);
  };
  socket.onopen = () => raw("comm_open", { comm_id: comm, target_name: "gonb_comm", kernel_id: kernel, data: {} });
  socket.onmessage = (event) => {
    if (typeof event.data !== "string") return;
    const m = JSON.parse(event.data);
    if (m.content?.comm_id !== comm) return;
    if (m.header?.msg_type === "comm_close") return gonb_comm.close();
    if (m.header?.msg_type !== "comm_msg") return;
    const { address, value, read_request } = m.content.data ?? {};
    if (address === "#comm_open_ack") {
      ready = true;
      const list = waiting;
      waiting = [];
      list.forEach(message);
    } else if (address === "#heartbeat/ping") {
      message({ address: "#heartbeat/pong", value: true });
    } else if (read_request) {
      const v = variables.get(address);
      if (v && v.get() !== null && v.get() !== undefined) message({ address, value: v.get() });
    } else if (value !== undefined) {
      for (const f of [...(listeners.get(address)?.values() ?? [])]) f(address, value);
    }
  };
  socket.onclose = () => { if (globalThis.gonb_comm === gonb_comm) delete globalThis.gonb_comm; };

  // A variable that page and program keep equal.
  const variable = (address, first) => {
    let value = null;
    const followers = new Map();
    const assign = (v) => {
      if (v === value) return false;
      value = v;
      for (const f of [...followers.values()]) f(v);
      return true;
    };
    gonb_comm.subscribe(address, (_, v) => assign(v));
    const v = {
      get: () => value,
      set: (v) => { if (assign(v)) gonb_comm.send(address, v); },
      subscribe: (f) => { const key = Symbol("follower"); followers.set(key, f); return key; },
      unsubscribe: (key) => followers.delete(key),
    };
    v.set(first);
    return v;
  };

  const gonb_comm = {
    kernel,
    debug: false,
    alive: () => socket.readyState === WebSocket.CONNECTING || socket.readyState === WebSocket.OPEN,
    send: (address, value) => message({ address, value }),
    subscribe: (address, f) => {
      const key = Symbol(address);
      if (!listeners.has(address)) listeners.set(address, new Map());
      listeners.get(address).set(key, f);
      addressOf.set(key, address);
      return key;
    },
    unsubscribe: (key) => {
      listeners.get(addressOf.get(key))?.delete(key);
      addressOf.delete(key);
    },
    newSyncedVariable: (address, value) => {
      let v = variables.get(address);
      if (v) v.set(value);
      else variables.set(address, (v = variable(address, value)));
      return v;
    },
    close: () => {
      if (globalThis.gonb_comm === gonb_comm) delete globalThis.gonb_comm;
      socket.close();
    },
  };
  globalThis.gonb_comm = gonb_comm;
})
