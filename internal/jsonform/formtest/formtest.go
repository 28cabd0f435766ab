// Package formtest compares documents that write themselves with what the
// standard library makes of them.
package formtest

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
)

// Same fills documents at random, every field of them at some time, and reports
// where write does not write, byte for byte, what encoding/json writes.
func Same[T any](t *testing.T, write func(T, []byte) ([]byte, error)) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	same := func(v T) {
		t.Helper()
		want, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		got, err := write(v, nil)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Fatalf("written\n%s, encoding/json writes\n%s", got, want)
		}
	}
	var nothing T
	same(nothing)
	for range 500 {
		var v T
		fill(random, reflect.ValueOf(&v).Elem(), 0)
		same(v)
	}
}

var texts = []string{"", "a", "plain text", "冷冻橙汁", `quo"ted`, "<&>", "line\nend"}

// fill gives v a random value; about a third of everything is left empty.
func fill(random *rand.Rand, v reflect.Value, depth int) {
	if random.IntN(3) == 0 || depth > 4 {
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n := random.Int64N(100)
		if v.Kind() == reflect.Int64 {
			n = random.Int64N(1<<50) - 1<<49
		}
		v.SetInt(n)
	case reflect.String:
		v.SetString(texts[random.IntN(len(texts))])
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(random, v.Elem(), depth+1)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(random, v.Field(i), depth)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), random.IntN(3), 3))
		for i := range v.Len() {
			fill(random, v.Index(i), depth+1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range random.IntN(4) {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(random, key, depth+1)
			fill(random, value, depth+1)
			v.SetMapIndex(key, value)
		}
	default: // what has a form of its own is not filled
	}
}
