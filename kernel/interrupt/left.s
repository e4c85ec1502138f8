// A file that makes the compiler accept functions without a body: see left.go.
