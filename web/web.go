// Package web holds what the browser gets beside the pages: the style sheet and
// the sign of the house, which stand here as they are, and the scripts, which
// are bundled from locked npm packages into dist before a release is built. A
// binary built without that step serves every page; only the scripts are missing,
// and the pages are made to work without them.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed static all:dist
var files embed.FS

// Prefix is the path that Handler serves below.
const Prefix = "/assets/"

type asset struct {
	content, packed []byte // packed is gzip, nil where it saves nothing
	kind, tag       string
}

// all reads every asset once; a file in dist goes before one in static.
var all = sync.OnceValue(func() map[string]asset {
	found := map[string]asset{}
	for _, dir := range []string{"static", "dist"} {
		err := fs.WalkDir(files, dir, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
				return err
			}
			content, err := files.ReadFile(name)
			if err != nil {
				return err
			}
			found[strings.TrimPrefix(name, dir+"/")] = newAsset(name, content)
			return nil
		})
		if err != nil {
			panic(err) // the embedded folder cannot fail to be read
		}
	}
	return found
})

func newAsset(name string, content []byte) asset {
	sum := sha256.Sum256(content)
	a := asset{content: content, kind: mime.TypeByExtension(path.Ext(name)), tag: hex.EncodeToString(sum[:6])}
	switch path.Ext(name) { // the machine's own tables differ
	case ".js":
		a.kind = "text/javascript; charset=utf-8"
	case ".css":
		a.kind = "text/css; charset=utf-8"
	case ".svg":
		a.kind = "image/svg+xml"
	}
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if _, err := z.Write(content); err == nil && z.Close() == nil && packed.Len() < len(content)*9/10 {
		a.packed = packed.Bytes()
	}
	return a
}

// Path gives the address of an asset, which changes with its content, so that a
// browser may keep it for ever. It is "" for an asset that this binary lacks.
func Path(name string) string {
	a, known := all()[name]
	if !known {
		return ""
	}
	return Prefix + a.tag + "/" + name
}

// Handler serves the assets below Prefix.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tag, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, Prefix), "/")
		a, known := all()[name]
		if !known {
			http.NotFound(w, r)
			return
		}
		header := w.Header()
		header.Set("Content-Type", a.kind)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("ETag", `"`+a.tag+`"`)
		header.Add("Vary", "Accept-Encoding")
		if tag == a.tag {
			header.Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			header.Set("Cache-Control", "no-cache")
		}
		if r.Header.Get("If-None-Match") == `"`+a.tag+`"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		content := a.content
		if a.packed != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			header.Set("Content-Encoding", "gzip")
			content = a.packed
		}
		header.Set("Content-Length", strconv.Itoa(len(content)))
		if r.Method != http.MethodHead {
			_, _ = w.Write(content) // a reader that has gone needs no answer
		}
	})
}
