// Command gallery serves the console's gallery alone, for the browser tests of
// components: no database, fixed data, and a live feed that sends nothing but
// its beat. It prints the address it listens on.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"seine/internal/console"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "address to listen on")
	flag.Parse()
	if err := serve(*addr); err != nil {
		fmt.Fprintln(os.Stderr, "gallery:", err)
		os.Exit(1)
	}
}

func serve(addr string) error {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return err
	}
	pages := console.New(console.Deps{Log: slog.Default(), Feed: quiet{}, Gallery: true})
	fmt.Printf("gallery http://%s/gallery\n", listener.Addr())
	server := &http.Server{Handler: asOfficer(pages), ReadHeaderTimeout: 5 * time.Second}
	return server.Serve(listener)
}

// asOfficer signs everybody in: there is nothing here to protect.
func asOfficer(next http.Handler) http.Handler {
	officer := console.Viewer{ID: "officer-1", Name: "陈静 Chen Jing", Role: console.RoleOfficer, Areas: []string{"WGQ", "YS"}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(console.WithViewer(r.Context(), officer)))
	})
}

// quiet is a feed in which nothing happens.
type quiet struct{}

func (quiet) Follow(context.Context, console.Viewer, []string, string) (<-chan console.Message, error) {
	return make(chan console.Message), nil
}

func (quiet) Behind() time.Duration { return 300 * time.Millisecond }
