// What the official Go client must be able to do here: the whole life of a run, polled and streamed, function calls and
// the code interpreter, files and vector stores, and every list, each answer checked against the client's own types.
//
// Needs the scripted models of test/sdks/serve.ts behind OPENAI_BASE_URL. Written for major 3; build.sh makes the copy for
// major 1.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/openai/openai-go/v3"
)

var (
	ctx    = context.Background()
	client = openai.NewClient()
	failed = 0
)

// Ends the case that it is in.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	for _, fault := range faultsOf(value) {
		panic(fault)
	}
	return value
}

func equal[T comparable](got, want T) {
	if got != want {
		panic(fmt.Sprintf("%v instead of %v", got, want))
	}
}

func try(name string, body func()) {
	defer func() {
		if thrown := recover(); thrown != nil {
			failed++
			fmt.Println("FAILED", name, "-", thrown)
			return
		}
		fmt.Println("ok     " + name)
	}()
	body()
}

var weatherTool = openai.AssistantToolUnionParam{OfFunction: &openai.FunctionToolParam{
	Function: openai.FunctionDefinitionParam{Name: "get_weather", Description: openai.String("Tells the weather of a city.")},
}}

// An assistant of that behaviour, and a thread in which the user has spoken.
func begin(model string, tools ...openai.AssistantToolUnionParam) (assistantID, threadID string) {
	assistant := must(client.Beta.Assistants.New(ctx, openai.BetaAssistantNewParams{Model: model, Tools: tools}))
	thread := must(client.Beta.Threads.New(ctx, openai.BetaThreadNewParams{
		Messages: []openai.BetaThreadNewParamsMessage{{
			Role:    "user",
			Content: openai.BetaThreadNewParamsMessageContentUnion{OfString: openai.String("Hello there")},
		}},
	}))
	return assistant.ID, thread.ID
}

func poll(threadID, runID string) *openai.Run {
	for {
		run := must(client.Beta.Threads.Runs.Get(ctx, threadID, runID))
		if run.Status != "queued" && run.Status != "in_progress" && run.Status != "cancelling" {
			return run
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func answer(threadID string) string {
	messages := must(client.Beta.Threads.Messages.List(ctx, threadID, openai.BetaThreadMessageListParams{}))
	return messages.Data[0].Content[0].AsText().Text.Value
}

func outputsFor(run *openai.Run) (outputs []openai.BetaThreadRunSubmitToolOutputsParamsToolOutput) {
	for _, call := range run.RequiredAction.SubmitToolOutputs.ToolCalls {
		var given struct{ City string }
		must(0, json.Unmarshal([]byte(call.Function.Arguments), &given))
		degrees := map[string]string{"Paris": "21 degrees", "Rome": "24 degrees"}[given.City]
		outputs = append(outputs, openai.BetaThreadRunSubmitToolOutputsParamsToolOutput{
			ToolCallID: openai.String(call.ID),
			Output:     openai.String(degrees),
		})
	}
	return outputs
}

// The names of a stream's events, its text, and the run in its last state.
func read(stream interface {
	Next() bool
	Current() openai.AssistantStreamEventUnion
	Err() error
}) (names []string, text string, run openai.Run) {
	for stream.Next() {
		event := stream.Current()
		for _, fault := range faultsOf(event) {
			panic(fault)
		}
		names = append(names, event.Event)
		switch {
		case event.Event == "thread.message.delta":
			text += event.AsThreadMessageDelta().Data.Delta.Content[0].AsText().Text.Value
		case strings.HasPrefix(event.Event, "thread.run.") && !strings.HasPrefix(event.Event, "thread.run.step."):
			run = openai.Run{}
			whole := struct{ Data *openai.Run }{&run}
			must(0, json.Unmarshal([]byte(event.RawJSON()), &whole))
		}
	}
	must(0, stream.Err())
	return names, text, run
}

func runs() {
	try("a run is created, polled, changed and listed", func() {
		assistantID, threadID := begin("echo")
		created := must(client.Beta.Threads.Runs.New(ctx, threadID, openai.BetaThreadRunNewParams{AssistantID: assistantID}))
		run := poll(threadID, created.ID)
		equal(run.Status, openai.RunStatusCompleted)
		equal(run.Usage.TotalTokens, 17)
		equal(answer(threadID), "You said: Hello there")
		changed := must(client.Beta.Threads.Runs.Update(ctx, threadID, run.ID, openai.BetaThreadRunUpdateParams{
			Metadata: map[string]string{"tier": "free"},
		}))
		equal(changed.Metadata["tier"], "free")
		equal(must(client.Beta.Threads.Runs.List(ctx, threadID, openai.BetaThreadRunListParams{})).Data[0].ID, run.ID)
	})
	try("a thread and its run are made in one call and streamed", func() {
		assistantID, _ := begin("echo")
		names, text, run := read(client.Beta.Threads.NewAndRunStreaming(ctx, openai.BetaThreadNewAndRunParams{
			AssistantID: assistantID,
			Thread: openai.BetaThreadNewAndRunParamsThread{Messages: []openai.BetaThreadNewAndRunParamsThreadMessage{{
				Role:    "user",
				Content: openai.BetaThreadNewAndRunParamsThreadMessageContentUnion{OfString: openai.String("Both at once")},
			}}},
		}))
		equal(names[0], "thread.created")
		equal(names[len(names)-1], "thread.run.completed")
		equal(text, "You said: Both at once")
		equal(run.Status, openai.RunStatusCompleted)
	})
	try("function calls stream, and so does the answer to their outputs", func() {
		assistantID, threadID := begin("weather", weatherTool)
		names, _, waiting := read(client.Beta.Threads.Runs.NewStreaming(ctx, threadID, openai.BetaThreadRunNewParams{AssistantID: assistantID}))
		equal(names[len(names)-1], "thread.run.requires_action")
		_, text, run := read(client.Beta.Threads.Runs.SubmitToolOutputsStreaming(ctx, threadID, waiting.ID,
			openai.BetaThreadRunSubmitToolOutputsParams{ToolOutputs: outputsFor(&waiting)}))
		equal(text, "Outside it is 21 degrees and 24 degrees.")
		equal(run.Status, openai.RunStatusCompleted)
	})
	try("function calls are polled, and their outputs submitted", func() {
		assistantID, threadID := begin("weather", weatherTool)
		created := must(client.Beta.Threads.Runs.New(ctx, threadID, openai.BetaThreadRunNewParams{AssistantID: assistantID}))
		waiting := poll(threadID, created.ID)
		equal(waiting.Status, openai.RunStatusRequiresAction)
		must(client.Beta.Threads.Runs.SubmitToolOutputs(ctx, threadID, waiting.ID,
			openai.BetaThreadRunSubmitToolOutputsParams{ToolOutputs: outputsFor(waiting)}))
		equal(poll(threadID, waiting.ID).Status, openai.RunStatusCompleted)
		steps := must(client.Beta.Threads.Runs.Steps.List(ctx, threadID, waiting.ID, openai.BetaThreadRunStepListParams{Order: "asc"}))
		equal(len(steps.Data), 2)
		calls := steps.Data[0].StepDetails.AsToolCalls().ToolCalls
		equal(calls[1].AsFunction().Function.Output, "24 degrees")
		must(client.Beta.Threads.Runs.Steps.Get(ctx, threadID, waiting.ID, steps.Data[1].ID, openai.BetaThreadRunStepGetParams{}))
	})
	try("the code interpreter shows its program and what it printed", func() {
		assistantID, threadID := begin("coder", openai.AssistantToolUnionParam{OfCodeInterpreter: &openai.CodeInterpreterToolParam{}})
		names, _, run := read(client.Beta.Threads.Runs.NewStreaming(ctx, threadID, openai.BetaThreadRunNewParams{AssistantID: assistantID}))
		equal(names[len(names)-1], "thread.run.completed")
		steps := must(client.Beta.Threads.Runs.Steps.List(ctx, threadID, run.ID, openai.BetaThreadRunStepListParams{Order: "asc"}))
		call := steps.Data[0].StepDetails.AsToolCalls().ToolCalls[0].AsCodeInterpreter()
		equal(call.CodeInterpreter.Outputs[0].AsLogs().Logs, "6\n10\n14\n")
	})
	try("a run that fails, one that ends incomplete and one that is cancelled say so", func() {
		assistantID, threadID := begin("broken")
		created := must(client.Beta.Threads.Runs.New(ctx, threadID, openai.BetaThreadRunNewParams{AssistantID: assistantID}))
		equal(poll(threadID, created.ID).Status, openai.RunStatusFailed)
		assistantID, threadID = begin("brief")
		names, _, run := read(client.Beta.Threads.Runs.NewStreaming(ctx, threadID, openai.BetaThreadRunNewParams{AssistantID: assistantID}))
		equal(names[len(names)-1], "thread.run.incomplete")
		equal(run.IncompleteDetails.Reason, "max_completion_tokens")
		assistantID, threadID = begin("endless")
		created = must(client.Beta.Threads.Runs.New(ctx, threadID, openai.BetaThreadRunNewParams{AssistantID: assistantID}))
		must(client.Beta.Threads.Runs.Cancel(ctx, threadID, created.ID))
		equal(poll(threadID, created.ID).Status, openai.RunStatusCancelled)
	})
}

func objects() {
	try("assistants, threads and messages are read, changed, listed and deleted", func() {
		assistantID, threadID := begin("echo", weatherTool, openai.AssistantToolUnionParam{OfFileSearch: &openai.FileSearchToolParam{}})
		must(client.Beta.Assistants.Get(ctx, assistantID))
		changed := must(client.Beta.Assistants.Update(ctx, assistantID, openai.BetaAssistantUpdateParams{Name: openai.String("Ada")}))
		equal(changed.Name, "Ada")
		equal(must(client.Beta.Assistants.List(ctx, openai.BetaAssistantListParams{})).Data[0].ID, assistantID)
		must(client.Beta.Threads.Get(ctx, threadID))
		must(client.Beta.Threads.Update(ctx, threadID, openai.BetaThreadUpdateParams{Metadata: map[string]string{"a": "b"}}))
		for at := 0; at < 22; at++ {
			must(client.Beta.Threads.Messages.New(ctx, threadID, openai.BetaThreadMessageNewParams{
				Role:    "user",
				Content: openai.BetaThreadMessageNewParamsContentUnion{OfString: openai.String(fmt.Sprint("message ", at))},
			}))
		}
		pager := client.Beta.Threads.Messages.ListAutoPaging(ctx, threadID, openai.BetaThreadMessageListParams{Limit: openai.Int(10)})
		count, last := 0, openai.Message{}
		for pager.Next() {
			count, last = count+1, pager.Current()
		}
		must(0, pager.Err())
		equal(count, 23)
		must(client.Beta.Threads.Messages.Get(ctx, threadID, last.ID))
		must(client.Beta.Threads.Messages.Update(ctx, threadID, last.ID, openai.BetaThreadMessageUpdateParams{}))
		equal(must(client.Beta.Threads.Messages.Delete(ctx, threadID, last.ID)).Deleted, true)
		equal(must(client.Beta.Threads.Delete(ctx, threadID)).Deleted, true)
		equal(must(client.Beta.Assistants.Delete(ctx, assistantID)).Deleted, true)
	})
	try("files are uploaded, whole and in parts, read back, listed and deleted", func() {
		file := must(client.Files.New(ctx, openai.FileNewParams{
			File:    openai.File(strings.NewReader("hello"), "hello.txt", "text/plain"),
			Purpose: openai.FilePurposeAssistants,
		}))
		equal(file.Bytes, 5)
		equal(must(client.Files.Get(ctx, file.ID)).Filename, "hello.txt")
		response, err := client.Files.Content(ctx, file.ID)
		must(0, err)
		equal(string(must(io.ReadAll(response.Body))), "hello")
		equal(must(client.Files.List(ctx, openai.FileListParams{})).Data[0].ID, file.ID)
		upload := must(client.Uploads.New(ctx, openai.UploadNewParams{Bytes: 5, Filename: "parts.txt", MimeType: "text/plain", Purpose: "assistants"}))
		part := must(client.Uploads.Parts.New(ctx, upload.ID, openai.UploadPartNewParams{Data: bytes.NewReader([]byte("parts"))}))
		complete := must(client.Uploads.Complete(ctx, upload.ID, openai.UploadCompleteParams{PartIDs: []string{part.ID}}))
		equal(complete.File.Filename, "parts.txt")
		equal(must(client.Files.Delete(ctx, file.ID)).Deleted, true)
	})
	try("models are listed and read", func() {
		models := must(client.Models.List(ctx))
		must(client.Models.Get(ctx, models.Data[0].ID))
	})
	try("an error is the client's own, with status, code and parameter", func() {
		_, err := client.Beta.Assistants.New(ctx, openai.BetaAssistantNewParams{Model: "echo", Temperature: openai.Float(7)})
		var refused *openai.Error
		equal(errors.As(err, &refused), true)
		equal(refused.StatusCode, 400)
		equal(refused.Param, "temperature")
	})
}

func stores() {
	try("a vector store takes files, is searched, and every list of it is whole", func() {
		file := must(client.Files.New(ctx, openai.FileNewParams{
			File:    openai.File(strings.NewReader("The night ferry leaves at twenty past nine."), "harbour.txt", "text/plain"),
			Purpose: openai.FilePurposeAssistants,
		}))
		store := must(client.VectorStores.New(ctx, openai.VectorStoreNewParams{Name: openai.String("facts")}))
		batch := must(client.VectorStores.FileBatches.New(ctx, store.ID, openai.VectorStoreFileBatchNewParams{FileIDs: []string{file.ID}}))
		for batch.Status == "in_progress" {
			time.Sleep(20 * time.Millisecond)
			batch = must(client.VectorStores.FileBatches.Get(ctx, store.ID, batch.ID))
		}
		equal(batch.FileCounts.Completed, 1)
		listed := must(client.VectorStores.FileBatches.ListFiles(ctx, store.ID, batch.ID, openai.VectorStoreFileBatchListFilesParams{}))
		equal(listed.Data[0].ID, file.ID)
		equal(must(client.VectorStores.Files.List(ctx, store.ID, openai.VectorStoreFileListParams{})).Data[0].Status, "completed")
		must(client.VectorStores.Files.Get(ctx, store.ID, file.ID))
		must(client.VectorStores.Files.Content(ctx, store.ID, file.ID))
		must(client.VectorStores.Get(ctx, store.ID))
		must(client.VectorStores.Update(ctx, store.ID, openai.VectorStoreUpdateParams{Name: openai.String("more facts")}))
		must(client.VectorStores.List(ctx, openai.VectorStoreListParams{}))
		found := must(client.VectorStores.Search(ctx, store.ID, openai.VectorStoreSearchParams{
			Query: openai.VectorStoreSearchParamsQueryUnion{OfString: openai.String("When does the ferry leave?")},
		}))
		equal(found.Data[0].Filename, "harbour.txt")
		assistantID, threadID := begin("demo", openai.AssistantToolUnionParam{OfFileSearch: &openai.FileSearchToolParam{}})
		must(client.Beta.Threads.Update(ctx, threadID, openai.BetaThreadUpdateParams{
			ToolResources: openai.BetaThreadUpdateParamsToolResources{
				FileSearch: openai.BetaThreadUpdateParamsToolResourcesFileSearch{VectorStoreIDs: []string{store.ID}},
			},
		}))
		must(client.Beta.Threads.Messages.New(ctx, threadID, openai.BetaThreadMessageNewParams{
			Role:    "user",
			Content: openai.BetaThreadMessageNewParamsContentUnion{OfString: openai.String("When does the night ferry leave?")},
		}))
		_, _, run := read(client.Beta.Threads.Runs.NewStreaming(ctx, threadID, openai.BetaThreadRunNewParams{AssistantID: assistantID}))
		steps := must(client.Beta.Threads.Runs.Steps.List(ctx, threadID, run.ID, openai.BetaThreadRunStepListParams{
			Order:   "asc",
			Include: []openai.RunStepInclude{openai.RunStepIncludeStepDetailsToolCallsFileSearchResultsContent},
		}))
		equal(steps.Data[0].StepDetails.AsToolCalls().ToolCalls[0].AsFileSearch().FileSearch.Results[0].FileName, "harbour.txt")
		equal(must(client.VectorStores.Files.Delete(ctx, store.ID, file.ID)).Deleted, true)
		// While it is in progress, a file has a field that the client does not know.
		again := must(client.VectorStores.Files.New(ctx, store.ID, openai.VectorStoreFileNewParams{FileID: file.ID}))
		equal(again.Status, "in_progress")
		equal(strings.Contains(again.RawJSON(), `"progress"`), true)
		equal(must(client.VectorStores.Delete(ctx, store.ID)).Deleted, true)
	})
}

// Cases of other files.
var more []func()

func main() {
	runs()
	objects()
	stores()
	for _, cases := range more {
		cases()
	}
	if failed > 0 {
		fmt.Println(failed, "cases failed")
		os.Exit(1)
	}
}
