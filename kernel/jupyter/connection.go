package jupyter

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// Connection is the content of a connection file: where to listen and with
// which key messages are signed.
type Connection struct {
	Transport       string `json:"transport"` // "tcp" or "ipc"
	IP              string `json:"ip"`        // address to bind, or for ipc the common path of the sockets
	ShellPort       int    `json:"shell_port"`
	ControlPort     int    `json:"control_port"`
	StdinPort       int    `json:"stdin_port"`
	IOPubPort       int    `json:"iopub_port"`
	HBPort          int    `json:"hb_port"`
	Key             string `json:"key"`              // empty: messages are not signed
	SignatureScheme string `json:"signature_scheme"` // "hmac-sha256"
	KernelName      string `json:"kernel_name,omitempty"`
}

// ReadConnection reads and checks a connection file.
func ReadConnection(file string) (Connection, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return Connection{}, fmt.Errorf("connection file: %w; Jupyter writes it and passes its path", err)
	}
	c, err := ParseConnection(b)
	if err != nil {
		return Connection{}, fmt.Errorf("connection file %s: %w", file, err)
	}
	return c, nil
}

// ParseConnection reads the text of a connection file and checks every field.
func ParseConnection(b []byte) (Connection, error) {
	var fields struct {
		Connection
		RegistrationPort int    `json:"registration_port"`
		CurveKey         string `json:"curve_publickey"`
	}
	if err := json.Unmarshal(b, &fields); err != nil {
		return Connection{}, fmt.Errorf("not JSON as Jupyter writes it: %w", err)
	}
	c := fields.Connection
	if c.Transport == "" {
		c.Transport = "tcp"
	}
	if c.SignatureScheme == "" {
		c.SignatureScheme = "hmac-sha256"
	}
	var bad []error
	if fields.RegistrationPort != 0 && c.ShellPort == 0 {
		bad = append(bad, errors.New("registration handshake asked for, which this kernel does not speak; remove kernel_protocol_version from its kernel.json"))
	}
	if fields.CurveKey != "" {
		bad = append(bad, errors.New("encryption (curve_publickey) asked for, which this kernel does not offer; turn it off in the Jupyter server"))
	}
	switch c.Transport {
	case "tcp":
		if net.ParseIP(c.IP) == nil && c.IP != "localhost" {
			bad = append(bad, fmt.Errorf("ip is %q, want an address such as 127.0.0.1", c.IP))
		}
	case "ipc":
		if c.IP == "" {
			bad = append(bad, errors.New("ip is empty, want the path that ipc sockets share"))
		}
	default:
		bad = append(bad, fmt.Errorf("transport is %q, want tcp or ipc", c.Transport))
	}
	for _, p := range c.ports() {
		if *p.port < 0 || *p.port > 65535 || *p.port == 0 && c.Transport == "ipc" {
			bad = append(bad, fmt.Errorf("%s is %d, want 1 to 65535", p.name, *p.port))
		}
	}
	if c.Key != "" && c.SignatureScheme != "hmac-sha256" { // P-12
		bad = append(bad, fmt.Errorf("signature_scheme is %q, want hmac-sha256; set Session.signature_scheme in the Jupyter configuration", c.SignatureScheme))
	}
	return c, errors.Join(bad...)
}

type namedPort struct {
	name string
	port *int
}

func (c *Connection) ports() []namedPort {
	return []namedPort{
		{"shell_port", &c.ShellPort}, {"control_port", &c.ControlPort}, {"stdin_port", &c.StdinPort},
		{"iopub_port", &c.IOPubPort}, {"hb_port", &c.HBPort},
	}
}

// address gives network and address for net.Listen.
func (c *Connection) address(port int) (network, address string) {
	if c.Transport == "ipc" {
		return "unix", c.IP + "-" + strconv.Itoa(port)
	}
	return "tcp", net.JoinHostPort(c.IP, strconv.Itoa(port))
}

// LocalConnection is a connection on free ports of 127.0.0.1 with a fresh
// key, for tests and tools. The ports are known after NewKernel.
func LocalConnection() Connection {
	var key [16]byte
	rand.Read(key[:])
	return Connection{Transport: "tcp", IP: "127.0.0.1", SignatureScheme: "hmac-sha256", Key: hex.EncodeToString(key[:])}
}

// Write puts the connection into file, readable by the user only, in one step.
func (c Connection) Write(file string) error {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".connection-*") // made with mode 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(append(b, '\n'))
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}
