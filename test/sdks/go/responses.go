package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/conversations"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/openai/openai-go/v3/responses"
)

// What the client must be able to do through the Responses API. Major 1 has an older form of it, and is built without.
func init() {
	more = append(more, texts, items, failures, calls, background, remembered, tools, hosted, compacted, webhooks)
}

var getWeather = responses.ToolParamOfFunction("get_weather", map[string]any{
	"type": "object", "properties": map[string]any{"city": map[string]any{"type": "string"}},
}, false)

func input(text string) responses.ResponseNewParamsInputUnion {
	return responses.ResponseNewParamsInputUnion{OfString: openai.String(text)}
}

func inputItems(items ...responses.ResponseInputItemUnionParam) responses.ResponseNewParamsInputUnion {
	return responses.ResponseNewParamsInputUnion{OfInputItemList: items}
}

func said(text string) responses.ResponseInputItemUnionParam {
	return responses.ResponseInputItemParamOfMessage(text, responses.EasyInputMessageRoleUser)
}

// The events of a stream from this number on, and the response that its last one has.
func events(stream *ssestream.Stream[responses.ResponseStreamEventUnion], first int64) (text string, last responses.Response) {
	for ; stream.Next(); first++ {
		event := stream.Current()
		for _, fault := range faultsOf(event) {
			panic(fault)
		}
		equal(event.SequenceNumber, first)
		if event.Type == "response.output_text.delta" {
			text += event.Delta
		}
		last = event.Response
	}
	must(0, stream.Err())
	return text, last
}

func answers(response *responses.Response) (outputs []responses.ResponseInputItemUnionParam) {
	for _, item := range response.Output {
		call := item.AsFunctionCall()
		var given struct{ City string }
		must(0, json.Unmarshal([]byte(call.Arguments), &given))
		degrees := map[string]string{"Paris": "21 degrees", "Rome": "24 degrees"}[given.City]
		output := responses.ResponseInputItemParamOfFunctionCallOutput(degrees)
		output.OfFunctionCallOutput.CallID = openai.String(call.CallID)
		outputs = append(outputs, output)
	}
	return outputs
}

func texts() {
	asks := responses.ResponseNewParams{Model: "echo", Input: input("Hello there")}
	try("text: a text is answered and found again", func() {
		response := must(client.Responses.New(ctx, asks))
		equal(response.OutputText(), "You said: Hello there")
		equal(response.Usage.TotalTokens, 17)
		equal(must(client.Responses.Get(ctx, response.ID, responses.ResponseGetParams{})).OutputText(), response.OutputText())
	})
	try("stream: its events are numbered, and its deltas are the text", func() {
		text, last := events(client.Responses.NewStreaming(ctx, asks), 0)
		equal(text, "You said: Hello there")
		equal(last.OutputText(), text)
	})
	try("chain: a response goes on with another one, twice", func() {
		first := must(client.Responses.New(ctx, asks))
		for _, text := range []string{"Who am I?", "Who was I?"} {
			fork := must(client.Responses.New(ctx, responses.ResponseNewParams{
				Model: "echo", Input: input(text), PreviousResponseID: openai.String(first.ID),
			}))
			equal(fork.OutputText(), "You said: "+text)
			equal(fork.PreviousResponseID, first.ID)
		}
	})
	try("delete: a response is there no more", func() {
		response := must(client.Responses.New(ctx, asks))
		must(0, client.Responses.Delete(ctx, response.ID))
		_, err := client.Responses.Get(ctx, response.ID, responses.ResponseGetParams{})
		equal(refusal(err).StatusCode, 404)
	})
}

// What a call was refused with.
func refusal(err error) (refused *openai.Error) {
	equal(errors.As(err, &refused), true)
	return refused
}

func items() {
	try("pages: the items of an input are listed page after page", func() {
		var given []responses.ResponseInputItemUnionParam
		for at := range 23 {
			given = append(given, said(fmt.Sprint("Message ", at)))
		}
		response := must(client.Responses.New(ctx, responses.ResponseNewParams{Model: "echo", Input: inputItems(given...)}))
		pager := client.Responses.InputItems.ListAutoPaging(ctx, response.ID, responses.InputItemListParams{Limit: openai.Int(10), Order: "asc"})
		count := 0
		for ; pager.Next(); count++ {
			equal(pager.Current().AsMessage().Content[0].Text, fmt.Sprint("Message ", count))
		}
		must(0, pager.Err())
		equal(count, 23)
	})
	try("token count: the tokens of an input are counted", func() {
		counted := must(client.Responses.InputTokens.Count(ctx, responses.InputTokenCountParams{
			Model: openai.String("echo"), Input: responses.InputTokenCountParamsInputUnion{OfString: openai.String("Hello there")},
		}))
		equal(counted.InputTokens > 0, true)
	})
}

func failures() {
	try("errors: what is cut off is incomplete, and what fails says why", func() {
		_, last := events(client.Responses.NewStreaming(ctx, responses.ResponseNewParams{Model: "brief", Input: input("Hi")}), 0)
		equal(last.Status, "incomplete")
		equal(last.IncompleteDetails.Reason, "max_output_tokens")
		failed := must(client.Responses.New(ctx, responses.ResponseNewParams{Model: "broken", Input: input("Hi")}))
		equal(failed.Error.Message, "The prompt is bad.")
		_, err := client.Responses.New(ctx, responses.ResponseNewParams{Model: "echo", Input: input("Hi"), Temperature: openai.Float(7)})
		equal(refusal(err).Param, "temperature")
	})
}

func calls() {
	asks := responses.ResponseNewParams{Model: "weather", Tools: []responses.ToolUnionParam{getWeather}}
	try("functions: they are called and answered by the id of the response, streamed and not", func() {
		asks.Input = input("Warm?")
		asked := must(client.Responses.New(ctx, asks))
		told := asks
		told.Input, told.PreviousResponseID = inputItems(answers(asked)...), openai.String(asked.ID)
		equal(must(client.Responses.New(ctx, told)).OutputText(), "Outside it is 21 degrees and 24 degrees.")
		_, streamed := events(client.Responses.NewStreaming(ctx, asks), 0)
		told.Input, told.PreviousResponseID = inputItems(answers(&streamed)...), openai.String(streamed.ID)
		text, _ := events(client.Responses.NewStreaming(ctx, told), 0)
		equal(text, "Outside it is 21 degrees and 24 degrees.")
	})
	try("structured output: an answer follows a schema", func() {
		response := must(client.Responses.New(ctx, responses.ResponseNewParams{
			Model: "forecaster",
			Input: input("Warm?"),
			Text: responses.ResponseTextConfigParam{
				Format: responses.ResponseFormatTextConfigParamOfJSONSchema("forecast", map[string]any{"type": "object"}),
			},
		}))
		var forecast struct{ Degrees int }
		must(0, json.Unmarshal([]byte(response.OutputText()), &forecast))
		equal(forecast.Degrees, 21)
	})
}

func background() {
	asks := responses.ResponseNewParams{Model: "echo", Input: input("Hello there"), Background: openai.Bool(true)}
	try("background: a response is polled, and a stream read again", func() {
		response := must(client.Responses.New(ctx, asks))
		equal(response.Status, "queued")
		for response.Status == "queued" || response.Status == "in_progress" {
			time.Sleep(20 * time.Millisecond)
			response = must(client.Responses.Get(ctx, response.ID, responses.ResponseGetParams{}))
		}
		equal(response.OutputText(), "You said: Hello there")
		_, first := events(client.Responses.NewStreaming(ctx, asks), 0)
		// This client asks for a stream in a body, which a GET has none of.
		streamed := option.WithQuery("stream", "true")
		_, again := events(client.Responses.GetStreaming(ctx, first.ID, responses.ResponseGetParams{StartingAfter: openai.Int(4)}, streamed), 5)
		equal(again.RawJSON(), first.RawJSON())
	})
	try("cancel: a response in the background ends", func() {
		endless := asks
		endless.Model = "endless"
		equal(must(client.Responses.Cancel(ctx, must(client.Responses.New(ctx, endless)).ID)).Status, "cancelled")
	})
}

func remembered() {
	try("conversation: it remembers, and is changed and deleted", func() {
		conversation := must(client.Conversations.New(ctx, conversations.ConversationNewParams{
			Items: []responses.ResponseInputItemUnionParam{said("My name is Ada.")},
		}))
		asks := responses.ResponseNewParams{
			Model: "weather", Tools: []responses.ToolUnionParam{getWeather}, Input: input("Warm?"),
			Conversation: responses.ResponseNewParamsConversationUnion{OfString: openai.String(conversation.ID)},
		}
		asks.Input = inputItems(answers(must(client.Responses.New(ctx, asks)))...)
		told := must(client.Responses.New(ctx, asks))
		equal(told.OutputText(), "Outside it is 21 degrees and 24 degrees.")
		equal(told.Conversation.ID, conversation.ID)
		pager := client.Conversations.Items.ListAutoPaging(ctx, conversation.ID, conversations.ItemListParams{Limit: openai.Int(3), Order: "asc"})
		count := 0
		for ; pager.Next(); count++ {
			must(pager.Current(), nil)
		}
		must(0, pager.Err())
		equal(count, 7)
		added := must(client.Conversations.Items.New(ctx, conversation.ID, conversations.ItemNewParams{
			Items: []responses.ResponseInputItemUnionParam{said("And tomorrow?")},
		}))
		must(client.Conversations.Items.Get(ctx, conversation.ID, added.Data[0].ID, conversations.ItemGetParams{}))
		must(client.Conversations.Items.Delete(ctx, conversation.ID, added.Data[0].ID))
		must(client.Conversations.Update(ctx, conversation.ID, conversations.ConversationUpdateParams{Metadata: map[string]string{"of": "b"}}))
		must(client.Conversations.Get(ctx, conversation.ID))
		equal(must(client.Conversations.Delete(ctx, conversation.ID)).Deleted, true)
	})
}
