package ledger

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// postgres is a PostgreSQL server of these tests, on a socket in a folder of its own.
type postgres struct {
	url, skip string
	dir       string
	process   *os.Process
	ended     chan struct{}
}

// server starts the server at the first call.
var server = sync.OnceValue(func() *postgres {
	s := &postgres{}
	if err := s.start(); err != nil {
		s.skip = err.Error()
		s.stop()
	}
	started = s
	return s
})

var started *postgres

func stopServer() {
	if started != nil {
		started.stop()
	}
}

func (s *postgres) stop() {
	if s.process != nil {
		s.process.Signal(syscall.SIGINT) // fast shutdown
		<-s.ended
	}
	if s.dir != "" {
		os.RemoveAll(s.dir)
	}
}

func (s *postgres) start() (err error) {
	initdb, err := find("initdb")
	if err != nil {
		return err
	}
	server, err := find("postgres")
	if err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("", "footnote-pg"); err != nil {
		return err
	}
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT}
	if os.Getuid() == 0 { // which PostgreSQL refuses to run as
		if attr.Credential, err = somebody(); err != nil {
			return err
		}
		if err := os.Chown(s.dir, int(attr.Credential.Uid), int(attr.Credential.Gid)); err != nil {
			return err
		}
	}
	data := filepath.Join(s.dir, "data")
	c := exec.Command(initdb, "-D", data, "-A", "trust", "-U", "footnote", "-E", "UTF8", "--no-locale", "-N")
	c.Dir, c.SysProcAttr = s.dir, &syscall.SysProcAttr{Credential: attr.Credential}
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(out))
	}
	c = exec.Command(server, "-D", data, "-k", s.dir, "-c", "listen_addresses=", "-c", "max_connections=100")
	c.Dir, c.SysProcAttr = s.dir, attr
	if err := s.run(c); err != nil {
		return err
	}
	s.url = "postgres:///postgres?user=footnote&host=" + s.dir
	return nil
}

// run starts the server and waits until it is ready.
func (s *postgres) run(c *exec.Cmd) error {
	log, err := c.StderrPipe()
	if err != nil {
		return err
	}
	begun := make(chan error)
	s.ended = make(chan struct{})
	go func() {
		runtime.LockOSThread() // the server ends with the thread that started it
		defer close(s.ended)
		err := c.Start()
		begun <- err
		if err == nil {
			<-begun // all of the log is read
			c.Wait()
		}
	}()
	if err := <-begun; err != nil {
		return err
	}
	s.process = c.Process
	lines := bufio.NewScanner(log)
	last := "it says nothing"
	for lines.Scan() {
		if strings.Contains(lines.Text(), "ready to accept connections") {
			go func() {
				io.Copy(io.Discard, log)
				close(begun)
			}()
			return nil
		}
		last = lines.Text()
	}
	close(begun)
	return fmt.Errorf("postgres does not start: %s", last)
}

// find looks for a program of PostgreSQL on the path and where Debian has it.
func find(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		return "", fmt.Errorf("there is no %s", name)
	}
	return slices.MaxFunc(found, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }), nil
}

// somebody returns a user who is not root.
func somebody() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, fmt.Errorf("it refuses to run as root, and there is no other user")
}
