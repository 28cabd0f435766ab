package bank

import (
	"bytes"
	"crypto/ed25519"
	"testing"
)

// Whatever comes over the wire is a frame or a fault, and only a signed frame is
// a message.
func FuzzReadFrame(f *testing.F) {
	public, private, err := ed25519.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{7}, 64)))
	if err != nil {
		f.Fatal(err)
	}
	var good bytes.Buffer
	if err := Sign([]byte(`{"version":1,"kind":"hello","sender":"icbc","receiver":"zone"}`), private).Write(&good); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Add(good.Bytes()[:20])
	f.Add([]byte(magic + "\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		in := bytes.NewReader(b)
		for {
			frame, err := ReadFrame(in)
			if err != nil {
				return
			}
			m, err := frame.Read("zone", func(string) (ed25519.PublicKey, bool) { return public, true })
			if err != nil {
				continue
			}
			if !ed25519.Verify(public, append([]byte(context), frame.Payload...), frame.Signature) {
				t.Fatalf("a message of %s was taken without its signature", m.Sender)
			}
		}
	})
}
