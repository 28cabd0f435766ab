package app

import "net/http"

// pages gives the console.
func (a *App) pages(ServeOptions) http.Handler { return http.NotFoundHandler() }
