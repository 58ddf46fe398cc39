//go:build !linux

package ledger

type postgres struct{ url, skip string }

func server() *postgres { return &postgres{skip: "only Linux is prepared for"} }

func stopServer() {}
