package ledger

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// Key seals secrets with AES-256-GCM. It prints as "[key]", whatever the verb. The
// zero Key is 32 zero bytes; make one with [ParseKey].
type Key struct{ bytes [32]byte }

// Format implements [fmt.Formatter], so that no log shows a key.
func (Key) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[key]") }

// ParseKey reads a key of 32 bytes in base64, of either alphabet, padded or not. The
// error does not hold what was read.
func ParseKey(s string) (Key, error) {
	s = strings.TrimRight(strings.TrimSpace(s), "=")
	s = strings.NewReplacer("-", "+", "_", "/").Replace(s)
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil || len(b) != 32 {
		return Key{}, errors.New("a key is 32 random bytes in base64, such as `openssl rand -base64 32` prints")
	}
	return Key{[32]byte(b)}, nil
}

// The errors of secrets that cannot be sealed or opened.
var (
	ErrNoKey    = errors.New("no key to seal secrets with is configured")
	ErrWrongKey = errors.New("it was sealed with another key than those configured, or is damaged")
)

// sealed is the first byte of a sealed secret; a nonce and what GCM makes follow.
const sealed = 1

func (k Key) gcm() (cipher.AEAD, error) {
	block, err := aes.NewCipher(k.bytes[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// seal seals a secret with the first key. It opens only with the same context.
func seal(keys []Key, secret, context []byte) ([]byte, error) {
	if len(keys) == 0 {
		return nil, ErrNoKey
	}
	gcm, err := keys[0].gcm()
	if err != nil {
		return nil, err
	}
	return gcm.Seal([]byte{sealed}, nil, secret, context), nil
}

// open opens what seal made with any of the keys, and returns which.
func open(keys []Key, box, context []byte) (secret []byte, key int, err error) {
	if len(keys) == 0 {
		return nil, 0, ErrNoKey
	}
	if len(box) == 0 || box[0] != sealed {
		return nil, 0, ErrWrongKey
	}
	for i, k := range keys {
		gcm, err := k.gcm()
		if err != nil {
			return nil, 0, err
		}
		if secret, err := gcm.Open(nil, nil, box[1:], context); err == nil {
			return secret, i, nil
		}
	}
	return nil, 0, ErrWrongKey
}
