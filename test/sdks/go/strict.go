package main

import (
	"fmt"
	"reflect"
	"strings"
)

// The client itself fills what is missing with zero values. These are the fields that its types call required and
// that an object lacks, or has with another type, at every depth.
func faultsOf(value any) []string {
	var faults []string
	walk(reflect.ValueOf(value), reflect.TypeOf(value).String(), &faults)
	return faults
}

// What the client keeps of one field beside its value.
type field interface {
	Valid() bool
	Raw() string
}

func walk(value reflect.Value, path string, faults *[]string) {
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !value.IsNil() {
			walk(value.Elem(), path, faults)
		}
	case reflect.Slice:
		for at := 0; at < value.Len(); at++ {
			walk(value.Index(at), fmt.Sprintf("%s[%d]", path, at), faults)
		}
	case reflect.Struct:
		walkStruct(value, path, faults)
	}
}

func walkStruct(value reflect.Value, path string, faults *[]string) {
	// A union: the variant that was recognised is looked at instead.
	if variant := value.MethodByName("AsAny"); variant.IsValid() {
		chosen := variant.Call(nil)[0]
		if chosen.IsNil() {
			*faults = append(*faults, path+": no variant that the client knows")
			return
		}
		walk(chosen, path, faults)
		return
	}
	kept := value.FieldByName("JSON")
	if !kept.IsValid() {
		return
	}
	for at := 0; at < value.NumField(); at++ {
		of := value.Type().Field(at)
		tag, named := of.Tag.Lookup("json")
		found := kept.FieldByName(of.Name)
		if !named || !found.IsValid() {
			continue
		}
		meta, ok := found.Interface().(field)
		if !ok {
			continue
		}
		where := path + "." + strings.Split(tag, ",")[0]
		required := strings.Contains(tag, ",required") || of.Tag.Get("api") == "required" || of.Tag.Get("default") != ""
		switch raw := meta.Raw(); {
		case raw == "" && required:
			*faults = append(*faults, where+" is missing")
		case raw == "" || raw == "null":
		case !meta.Valid():
			*faults = append(*faults, where+" is not of its type: "+raw)
		default:
			walk(value.Field(at), where, faults)
		}
	}
}
