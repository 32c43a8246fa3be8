package main

import (
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
	"time"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/argoproj/argo-cd/v3/resource_customizations"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	luajson "layeh.com/gopher-json"
)

// customisations runs the scripts that Argo CD has for kinds it does not judge in Go.
type customisations struct{}

func (customisations) GetResourceHealth(state *unstructured.Unstructured) (*health.HealthStatus, error) {
	kind := state.GroupVersionKind()
	script := find(kind.Group, kind.Kind)
	if script == "" {
		return nil, nil
	}
	vm := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer vm.Close()
	open(vm)
	value, err := toLua(vm, state.Object)
	if err != nil {
		return nil, err
	}
	vm.SetGlobal("obj", value)
	if err := vm.DoString(script); err != nil {
		return nil, err
	}
	table, ok := vm.Get(-1).(*lua.LTable)
	if !ok {
		return nil, fmt.Errorf("the script for %s gives no table", kind)
	}
	word := table.RawGetString("status").String()
	if word == "nil" {
		return &health.HealthStatus{}, nil
	}
	return &health.HealthStatus{Status: health.HealthStatusCode(word), Message: table.RawGetString("message").String()}, nil
}

// find gives the script of a kind: the folder of its group, or one whose `_` stands for anything.
func find(group, kind string) string {
	if text, err := resource_customizations.Embedded.ReadFile(path.Join(group, kind, "health.lua")); err == nil {
		return string(text)
	}
	folders, _ := fs.ReadDir(resource_customizations.Embedded, ".")
	sort.Slice(folders, func(i, j int) bool { return folders[i].Name() < folders[j].Name() })
	for _, folder := range folders {
		for _, inner := range []string{kind, "_"} {
			if !strings.Contains(folder.Name()+inner, "_") {
				continue
			}
			matches, _ := path.Match(strings.ReplaceAll(folder.Name(), "_", "*"), group)
			if text, err := resource_customizations.Embedded.ReadFile(path.Join(folder.Name(), inner, "health.lua")); matches && err == nil {
				return string(text)
			}
		}
	}
	return ""
}

// open gives a script what Argo CD gives it: base, table, string, math and of os only the time.
func open(vm *lua.LState) {
	for name, library := range map[string]lua.LGFunction{
		lua.LoadLibName: lua.OpenPackage, lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable,
		lua.StringLibName: lua.OpenString, lua.MathLibName: lua.OpenMath,
	} {
		vm.Push(vm.NewFunction(library))
		vm.Push(lua.LString(name))
		vm.Call(1, 0)
	}
	clock := vm.NewTable()
	clock.RawSetString("time", vm.NewFunction(func(vm *lua.LState) int {
		vm.Push(lua.LNumber(time.Now().Unix()))
		return 1
	}))
	vm.SetGlobal("os", clock)
}

func toLua(vm *lua.LState, value any) (lua.LValue, error) {
	text, err := (&unstructured.Unstructured{Object: value.(map[string]any)}).MarshalJSON()
	if err != nil {
		return nil, err
	}
	return luajson.Decode(vm, text)
}
