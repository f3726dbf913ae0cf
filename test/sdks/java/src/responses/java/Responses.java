import com.openai.client.OpenAIClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.conversations.Conversation;
import com.openai.models.conversations.ConversationCreateParams;
import com.openai.models.conversations.ConversationUpdateParams;
import com.openai.models.conversations.items.ItemCreateParams;
import com.openai.models.conversations.items.ItemDeleteParams;
import com.openai.models.conversations.items.ItemListParams;
import com.openai.models.responses.EasyInputMessage;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseOutputItem;
import com.openai.models.responses.ResponseRetrieveParams;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import com.openai.models.responses.inputitems.InputItemListParams;
import com.openai.models.responses.inputtokens.InputTokenCountParams;
import java.util.ArrayList;
import java.util.List;

/** What the client must be able to do through the Responses API. Major 2 has an older form of it, and is built without. */
public final class Responses {
    private static final OpenAIClient client = Cases.client;
    private static final String ANSWER = "Outside it is 21 degrees and 24 degrees.";

    /** The fields of this class are the answer that is asked for. */
    public static final class Forecast {
        public String city;
        public int degrees;
    }

    static ResponseCreateParams.Builder ask(String model, String input) {
        return ResponseCreateParams.builder().model(model).input(input);
    }

    private static ResponseCreateParams.Builder weather() {
        return ResponseCreateParams.builder().model("weather").addTool(FunctionTool.builder()
                .name("get_weather")
                .strict(false)
                .parameters(FunctionTool.Parameters.builder()
                        .putAdditionalProperty("type", JsonValue.from("object"))
                        .build())
                .build());
    }

    static EasyInputMessage said(String text) {
        return EasyInputMessage.builder().role(EasyInputMessage.Role.USER).content(text).build();
    }

    static String text(Response response) {
        StringBuilder text = new StringBuilder();
        for (ResponseOutputItem item : response.output())
            item.message().ifPresent(message -> message.content()
                    .forEach(part -> part.outputText().ifPresent(one -> text.append(one.text()))));
        return text.toString();
    }

    private static List<ResponseInputItem> answers(Response response) {
        List<ResponseInputItem> outputs = new ArrayList<>();
        for (ResponseOutputItem item : response.output()) {
            var call = item.asFunctionCall();
            outputs.add(ResponseInputItem.ofFunctionCallOutput(ResponseInputItem.FunctionCallOutput.builder()
                    .callId(call.callId())
                    .output(call.arguments().contains("Paris") ? "21 degrees" : "24 degrees")
                    .build()));
        }
        return outputs;
    }

    /** The response that the client gathers of a stream, whose events are numbered from here on. */
    static Response gather(StreamResponse<ResponseStreamEvent> stream) {
        ResponseAccumulator accumulator = ResponseAccumulator.create();
        try (stream) {
            stream.stream().forEach(event -> accumulator.accumulate(event.validate()));
        }
        return accumulator.response();
    }

    private static void texts() {
        Cases.attempt("text: a text is answered and found again", () -> {
            Response response = client.responses().create(ask("echo", "Hello there").build());
            Cases.equal(text(response), "You said: Hello there");
            Cases.equal(response.usage().get().totalTokens(), 17L);
            Cases.equal(text(client.responses().retrieve(response.id())), text(response));
        });
        Cases.attempt("stream: the response is gathered of its events", () -> Cases.equal(
                text(gather(client.responses().createStreaming(ask("echo", "Hello there").build()))), "You said: Hello there"));
        Cases.attempt("chain: a response goes on with another one, twice", () -> {
            String first = client.responses().create(ask("echo", "My name is Ada.").build()).id();
            for (String input : List.of("Who am I?", "Who was I?")) {
                Response fork = client.responses().create(ask("echo", input).previousResponseId(first).build());
                Cases.equal(text(fork), "You said: " + input);
                Cases.equal(fork.previousResponseId().get(), first);
            }
        });
        Cases.attempt("delete: a response is there no more", () -> {
            Response response = client.responses().create(ask("echo", "Hello there").build());
            client.responses().delete(response.id());
            try {
                client.responses().retrieve(response.id());
                throw new AssertionError("the response is still there");
            } catch (NotFoundException gone) {
                Cases.equal(gone.statusCode(), 404);
            }
        });
        Cases.attempt("pages: the items of an input are listed page after page", () -> {
            List<ResponseInputItem> said = new ArrayList<>();
            for (int at = 0; at < 23; at++) said.add(ResponseInputItem.ofEasyInputMessage(said("Message " + at)));
            Response response = client.responses()
                    .create(ResponseCreateParams.builder().model("echo").inputOfResponse(said).build());
            int count = 0;
            for (var item : client.responses().inputItems().list(InputItemListParams.builder()
                    .responseId(response.id()).limit(10).order(InputItemListParams.Order.ASC).build()).autoPager()) {
                Cases.equal(item.asResponseInputMessageItem().content().get(0).asInputText().text(), "Message " + count++);
            }
            Cases.equal(count, 23);
        });
        Cases.attempt("token count: the tokens of an input are counted", () -> {
            var counted = client.responses().inputTokens().count(
                    InputTokenCountParams.builder().model("echo").input("Hello there").build());
            Cases.equal(counted.inputTokens() > 0, true);
        });
        Cases.attempt("errors: what is cut off is incomplete, and what fails or is refused says why", () -> {
            Response brief = gather(client.responses().createStreaming(ask("brief", "Hi").build()));
            Cases.equal(brief.status().get(), ResponseStatus.INCOMPLETE);
            Cases.equal(client.responses().create(ask("broken", "Hi").build()).error().get().message(), "The prompt is bad.");
            try {
                client.responses().create(ask("echo", "Hi").temperature(7.0).build());
                throw new AssertionError("not refused");
            } catch (BadRequestException refused) {
                Cases.equal(refused.param().get(), "temperature");
            }
        });
    }

    private static void calls() {
        Cases.attempt("functions: they are called and answered by the id of the response, streamed and not", () -> {
            Response asked = client.responses().create(weather().input("Warm?").build());
            Response told = client.responses()
                    .create(weather().inputOfResponse(answers(asked)).previousResponseId(asked.id()).build());
            Cases.equal(text(told), ANSWER);
            Response streamed = gather(client.responses().createStreaming(weather().input("Warm?").build()));
            Cases.equal(text(gather(client.responses().createStreaming(weather()
                    .inputOfResponse(answers(streamed)).previousResponseId(streamed.id()).build()))), ANSWER);
        });
        Cases.attempt("structured output: an answer is read into a class", () -> {
            var response = client.responses().create(ask("forecaster", "Warm?").text(Forecast.class).build());
            var part = response.output().get(0).asMessage().content().get(0).asOutputText();
            Cases.equal(part.degrees, 21);
        });
    }

    private static void background() {
        Cases.attempt("background: a response is polled, and a stream read again", () -> {
            ResponseCreateParams asks = ask("echo", "Hello there").background(true).build();
            Response response = client.responses().create(asks);
            Cases.equal(response.status().get(), ResponseStatus.QUEUED);
            while (!response.status().get().equals(ResponseStatus.COMPLETED)) {
                java.lang.Thread.sleep(20);
                response = client.responses().retrieve(response.id());
            }
            Response first = gather(client.responses().createStreaming(asks));
            Cases.equal(gather(client.responses().retrieveStreaming(first.id())), first);
            try (var rest = client.responses().retrieveStreaming(
                    ResponseRetrieveParams.builder().responseId(first.id()).startingAfter(4).build())) {
                Cases.equal(rest.stream().findFirst().get().validate().outputTextDelta().get().sequenceNumber(), 5L);
            }
        });
        Cases.attempt("cancel: a response in the background ends", () -> {
            Response endless = client.responses().create(ask("endless", "Hi").background(true).build());
            Cases.equal(client.responses().cancel(endless.id()).status().get(), ResponseStatus.CANCELLED);
        });
    }

    private static void remembered() {
        Cases.attempt("conversation: it remembers, and is changed and deleted", () -> {
            var conversations = client.conversations();
            Conversation conversation = conversations.create(
                    ConversationCreateParams.builder().addItem(said("My name is Ada.")).build());
            String id = conversation.id();
            Response asked = client.responses().create(weather().input("Warm?").conversation(id).build());
            Response told = client.responses()
                    .create(weather().inputOfResponse(answers(asked)).conversation(id).build());
            Cases.equal(text(told), ANSWER);
            Cases.equal(told.conversation().get().id(), id);
            int count = 0;
            var pages = conversations.items().list(ItemListParams.builder().conversationId(id).limit(3).build());
            for (var item : pages.autoPager()) {
                item.validate();
                count++;
            }
            Cases.equal(count, 7);
            var added = conversations.items().create(
                    ItemCreateParams.builder().conversationId(id).addItem(said("And tomorrow?")).build());
            conversations.items().delete(ItemDeleteParams.builder()
                    .conversationId(id).itemId(added.data().get(0).asMessage().id()).build());
            conversations.update(id, ConversationUpdateParams.builder()
                    .metadata(ConversationUpdateParams.Metadata.builder()
                            .putAdditionalProperty("of", JsonValue.from("b")).build())
                    .build());
            Cases.equal(conversations.retrieve(id).id(), id);
            Cases.equal(conversations.delete(id).deleted(), true);
        });
    }

    public static void cases() {
        texts();
        calls();
        background();
        remembered();
        ResponseTools.cases();
        HostedTools.cases();
    }
}
