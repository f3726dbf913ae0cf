import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.MultipartField;
import com.openai.core.http.HttpResponse;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.models.beta.assistants.Assistant;
import com.openai.models.beta.assistants.AssistantCreateParams;
import com.openai.models.beta.assistants.AssistantStreamEvent;
import com.openai.models.beta.assistants.AssistantUpdateParams;
import com.openai.models.beta.threads.Thread;
import com.openai.models.beta.threads.ThreadCreateAndRunParams;
import com.openai.models.beta.threads.ThreadCreateParams;
import com.openai.models.beta.threads.ThreadUpdateParams;
import com.openai.models.beta.threads.messages.Message;
import com.openai.models.beta.threads.messages.MessageCreateParams;
import com.openai.models.beta.threads.messages.MessageDeleteParams;
import com.openai.models.beta.threads.messages.MessageListParams;
import com.openai.models.beta.threads.messages.MessageRetrieveParams;
import com.openai.models.beta.threads.runs.Run;
import com.openai.models.beta.threads.runs.RunCancelParams;
import com.openai.models.beta.threads.runs.RunCreateParams;
import com.openai.models.beta.threads.runs.RunRetrieveParams;
import com.openai.models.beta.threads.runs.RunStatus;
import com.openai.models.beta.threads.runs.RunSubmitToolOutputsParams;
import com.openai.models.beta.threads.runs.steps.RunStep;
import com.openai.models.beta.threads.runs.steps.StepListParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import com.openai.models.uploads.Upload;
import com.openai.models.uploads.UploadCompleteParams;
import com.openai.models.uploads.UploadCreateParams;
import com.openai.models.uploads.parts.PartCreateParams;
import com.openai.models.vectorstores.VectorStore;
import com.openai.models.vectorstores.VectorStoreCreateParams;
import com.openai.models.vectorstores.VectorStoreSearchParams;
import com.openai.models.vectorstores.VectorStoreUpdateParams;
import com.openai.models.vectorstores.filebatches.FileBatchCreateParams;
import com.openai.models.vectorstores.filebatches.FileBatchListFilesParams;
import com.openai.models.vectorstores.filebatches.FileBatchRetrieveParams;
import com.openai.models.vectorstores.filebatches.VectorStoreFileBatch;
import com.openai.models.vectorstores.files.FileContentParams;
import com.openai.models.vectorstores.files.FileDeleteParams;
import com.openai.models.vectorstores.files.FileRetrieveParams;
import com.openai.models.vectorstores.files.VectorStoreFile;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What the official Java client must be able to do here: the whole life of a run, polled and streamed, function calls and
 * the code interpreter, files and vector stores, and every list. The client checks each answer against its own types.
 *
 * <p>Needs the scripted models of test/sdks/serve.ts behind OPENAI_BASE_URL.
 */
public final class Cases {
    static final OpenAIClient client =
            OpenAIOkHttpClient.builder().fromEnv().responseValidation(true).maxRetries(0).build();
    /**
     * For what the original answered otherwise than its description says, and this client with it: a file batch calls itself
     * vector_store.file_batch, an empty page has no first and last id, and what is left of a compacted conversation are
     * messages of the user.
     */
    static final OpenAIClient unvalidated = client.withOptions(options -> options.responseValidation(false));

    private static int failed = 0;

    interface Case {
        void run() throws Exception;
    }

    static void attempt(String name, Case body) {
        try {
            body.run();
            System.out.println("ok     " + name);
        } catch (Exception | AssertionError error) {
            failed++;
            System.out.println("FAILED " + name);
            error.printStackTrace(System.out);
        }
    }

    static void equal(Object got, Object want) {
        if (!Objects.equals(got, want)) throw new AssertionError(got + " instead of " + want);
    }

    private record Ids(String assistant, String thread) {}

    /** An assistant of that behaviour, and a thread in which the user has spoken. */
    private static Ids begin(AssistantCreateParams.Builder params) {
        Assistant assistant = client.beta().assistants().create(params.build());
        Thread thread = client.beta().threads().create(ThreadCreateParams.builder()
                .addMessage(ThreadCreateParams.Message.builder()
                        .role(ThreadCreateParams.Message.Role.USER)
                        .content("Hello there")
                        .build())
                .build());
        return new Ids(assistant.id(), thread.id());
    }

    /** With instructions: the original left them null where there are none, which this client's validation refuses. */
    private static AssistantCreateParams.Builder model(String name) {
        return AssistantCreateParams.builder().model(name).instructions("Be brief.");
    }

    private static AssistantCreateParams.Builder weather() {
        return model("weather").addFunctionTool(com.openai.models.FunctionDefinition.builder()
                .name("get_weather")
                .description("Tells the weather of a city.")
                .build());
    }

    private static RunCreateParams on(Ids ids) {
        return RunCreateParams.builder().threadId(ids.thread()).assistantId(ids.assistant()).build();
    }

    private static Run poll(Run run) throws InterruptedException {
        List<RunStatus> going = List.of(RunStatus.QUEUED, RunStatus.IN_PROGRESS, RunStatus.CANCELLING);
        while (going.contains(run.status())) {
            java.lang.Thread.sleep(20);
            run = client.beta().threads().runs().retrieve(
                    RunRetrieveParams.builder().threadId(run.threadId()).runId(run.id()).build());
        }
        return run;
    }

    private static String answer(String thread) {
        Message newest = client.beta().threads().messages().list(thread).data().get(0);
        return newest.content().get(0).asText().text().value();
    }

    private static List<RunStep> steps(Run run) {
        return client.beta().threads().runs().steps().list(StepListParams.builder()
                .threadId(run.threadId())
                .runId(run.id())
                .order(StepListParams.Order.ASC)
                .build()).data();
    }

    private static RunSubmitToolOutputsParams outputsFor(Run run) {
        RunSubmitToolOutputsParams.Builder outputs =
                RunSubmitToolOutputsParams.builder().threadId(run.threadId()).runId(run.id());
        List<RunSubmitToolOutputsParams.ToolOutput> list = new ArrayList<>();
        run.requiredAction().orElseThrow().submitToolOutputs().toolCalls().forEach(call -> list.add(
                RunSubmitToolOutputsParams.ToolOutput.builder()
                        .toolCallId(call.id())
                        .output(call.function().arguments().contains("Paris") ? "21 degrees" : "24 degrees")
                        .build()));
        return outputs.toolOutputs(list).build();
    }

    /** How many events a stream had, its text, and the run in the state that ended it. */
    private record Told(int events, String text, Run run) {}

    private static Told read(StreamResponse<AssistantStreamEvent> stream) {
        StringBuilder text = new StringBuilder();
        int[] events = {0};
        Run[] run = {null};
        try (stream) {
            stream.stream().forEach(event -> {
                event.validate();
                events[0]++;
                event.threadMessageDelta().ifPresent(delta -> delta.data().delta().content().orElseThrow().forEach(
                        part -> text.append(part.asText().text().orElseThrow().value().orElse(""))));
                event.threadRunCompleted().ifPresent(end -> run[0] = end.data());
                event.threadRunRequiresAction().ifPresent(end -> run[0] = end.data());
                event.threadRunIncomplete().ifPresent(end -> run[0] = end.data());
            });
        }
        return new Told(events[0], text.toString(), run[0]);
    }

    private static void runs() {
        var runs = client.beta().threads().runs();
        attempt("a run is created, polled and listed", () -> {
            Ids ids = begin(model("echo"));
            Run run = poll(runs.create(on(ids)));
            equal(run.status(), RunStatus.COMPLETED);
            equal(run.usage().orElseThrow().totalTokens(), 17L);
            equal(answer(ids.thread()), "You said: Hello there");
            equal(runs.list(ids.thread()).data().get(0).id(), run.id());
        });
        attempt("a thread and its run are made in one call and streamed", () -> {
            Ids ids = begin(model("echo"));
            Told told = read(client.beta().threads().createAndRunStreaming(ThreadCreateAndRunParams.builder()
                    .assistantId(ids.assistant())
                    .thread(ThreadCreateAndRunParams.Thread.builder()
                            .addMessage(ThreadCreateAndRunParams.Thread.Message.builder()
                                    .role(ThreadCreateAndRunParams.Thread.Message.Role.USER)
                                    .content("Both at once")
                                    .build())
                            .build())
                    .build()));
            equal(told.text(), "You said: Both at once");
            equal(told.run().status(), RunStatus.COMPLETED);
        });
        attempt("function calls stream, and so does the answer to their outputs", () -> {
            Told waiting = read(runs.createStreaming(on(begin(weather()))));
            equal(waiting.run().status(), RunStatus.REQUIRES_ACTION);
            Told told = read(runs.submitToolOutputsStreaming(outputsFor(waiting.run())));
            equal(told.text(), "Outside it is 21 degrees and 24 degrees.");
        });
        attempt("function calls are polled, and their outputs submitted", () -> {
            Run waiting = poll(runs.create(on(begin(weather()))));
            equal(waiting.status(), RunStatus.REQUIRES_ACTION);
            equal(poll(runs.submitToolOutputs(outputsFor(waiting))).status(), RunStatus.COMPLETED);
            List<RunStep> steps = steps(waiting);
            equal(steps.size(), 2);
            equal(steps.get(0).stepDetails().asToolCalls().toolCalls().get(1).asFunction().function().output().orElseThrow(),
                    "24 degrees");
        });
        attempt("the code interpreter shows its program and what it printed", () -> {
            Told told = read(runs.createStreaming(on(begin(model("coder").addTool(
                    com.openai.models.beta.assistants.CodeInterpreterTool.builder().build())))));
            var call = steps(told.run()).get(0).stepDetails().asToolCalls().toolCalls().get(0).asCodeInterpreter();
            equal(call.codeInterpreter().outputs().get(0).asLogs().logs(), "6\n10\n14\n");
        });
        attempt("a run that fails, one that ends incomplete and one that is cancelled say so", () -> {
            equal(poll(runs.create(on(begin(model("broken"))))).status(), RunStatus.FAILED);
            equal(read(runs.createStreaming(on(begin(model("brief"))))).run().status(), RunStatus.INCOMPLETE);
            Run endless = runs.create(on(begin(model("endless"))));
            Run stopped = runs.cancel(RunCancelParams.builder().threadId(endless.threadId()).runId(endless.id()).build());
            equal(poll(stopped).status(), RunStatus.CANCELLED);
        });
    }

    private static void objects() {
        attempt("assistants, threads and messages are read, changed, listed and deleted", () -> {
            Ids ids = begin(weather().addTool(com.openai.models.beta.assistants.FileSearchTool.builder().build()));
            var assistants = client.beta().assistants();
            equal(assistants.retrieve(ids.assistant()).id(), ids.assistant());
            equal(assistants.update(ids.assistant(), AssistantUpdateParams.builder().name("Ada").build()).name().orElseThrow(),
                    "Ada");
            equal(assistants.list().data().get(0).id(), ids.assistant());
            equal(client.beta().threads().retrieve(ids.thread()).id(), ids.thread());
            client.beta().threads().update(ids.thread(), ThreadUpdateParams.builder().build());
            var messages = client.beta().threads().messages();
            for (int at = 0; at < 22; at++) {
                messages.create(ids.thread(), MessageCreateParams.builder()
                        .role(MessageCreateParams.Role.USER)
                        .content("message " + at)
                        .build());
            }
            int count = 0;
            String last = "";
            MessageListParams ten = MessageListParams.builder().limit(10).build();
            for (Message message : unvalidated.beta().threads().messages().list(ids.thread(), ten).autoPager()) {
                count++;
                last = message.validate().id();
            }
            equal(count, 23);
            equal(messages.retrieve(MessageRetrieveParams.builder().threadId(ids.thread()).messageId(last).build()).id(), last);
            equal(messages.delete(MessageDeleteParams.builder().threadId(ids.thread()).messageId(last).build()).deleted(), true);
            equal(client.beta().threads().delete(ids.thread()).deleted(), true);
            equal(assistants.delete(ids.assistant()).deleted(), true);
        });
        attempt("files are uploaded, whole and in parts, read back, listed and deleted", () -> {
            FileObject file = upload("hello.txt", "hello");
            equal(file.bytes(), 5L);
            equal(client.files().retrieve(file.id()).filename(), "hello.txt");
            try (HttpResponse content = client.files().content(file.id())) {
                equal(new String(content.body().readAllBytes()), "hello");
            }
            equal(client.files().list().data().get(0).id(), file.id());
            Upload upload = client.uploads().create(UploadCreateParams.builder()
                    .bytes(5).filename("parts.txt").mimeType("text/plain").purpose(FilePurpose.ASSISTANTS).build());
            var part = client.uploads().parts().create(upload.id(),
                    PartCreateParams.builder().data("parts".getBytes()).build());
            Upload complete = client.uploads().complete(upload.id(),
                    UploadCompleteParams.builder().addPartId(part.id()).build());
            equal(complete.file().orElseThrow().filename(), "parts.txt");
            equal(client.files().delete(file.id()).deleted(), true);
        });
        attempt("models are listed and read", () -> {
            String first = client.models().list().data().get(0).id();
            equal(client.models().retrieve(first).id(), first);
        });
        attempt("an error is the client's own, with its code and parameter", () -> {
            try {
                client.beta().assistants().create(model("echo").temperature(7.0).build());
                throw new AssertionError("not refused");
            } catch (BadRequestException error) {
                equal(error.param().orElseThrow(), "temperature");
            }
        });
    }

    private static FileObject upload(String name, String text) {
        return client.files().create(FileCreateParams.builder()
                .purpose(FilePurpose.ASSISTANTS)
                .file(MultipartField.<InputStream>builder()
                        .value(new ByteArrayInputStream(text.getBytes()))
                        .filename(name)
                        .build())
                .build());
    }

    private static void stores() {
        attempt("a vector store takes files, is searched, and every list of it is whole", () -> {
            FileObject file = upload("harbour.txt", "The night ferry leaves at twenty past nine.");
            var stores = client.vectorStores();
            var batches = unvalidated.vectorStores().fileBatches();
            VectorStore store = stores.create(VectorStoreCreateParams.builder().name("facts").build());
            VectorStoreFileBatch batch = batches.create(store.id(),
                    FileBatchCreateParams.builder().fileIds(List.of(file.id())).build());
            while (batch.status().equals(VectorStoreFileBatch.Status.IN_PROGRESS)) {
                java.lang.Thread.sleep(20);
                batch = batches.retrieve(
                        FileBatchRetrieveParams.builder().vectorStoreId(store.id()).batchId(batch.id()).build());
            }
            equal(batch.fileCounts().completed(), 1L);
            var listed = stores.fileBatches().listFiles(
                    FileBatchListFilesParams.builder().vectorStoreId(store.id()).batchId(batch.id()).build());
            equal(listed.data().get(0).validate().id(), file.id());
            equal(stores.files().list(store.id()).data().get(0).validate().id(), file.id());
            stores.files().retrieve(FileRetrieveParams.builder().vectorStoreId(store.id()).fileId(file.id()).build());
            stores.files().content(FileContentParams.builder().vectorStoreId(store.id()).fileId(file.id()).build());
            equal(stores.retrieve(store.id()).id(), store.id());
            stores.update(store.id(), VectorStoreUpdateParams.builder().name("more facts").build());
            stores.list();
            var found = stores.search(store.id(),
                    VectorStoreSearchParams.builder().query("When does the ferry leave?").build());
            equal(found.data().get(0).filename(), "harbour.txt");
            equal(stores.files().delete(FileDeleteParams.builder().vectorStoreId(store.id()).fileId(file.id()).build()).deleted(),
                    true);
            // While it is in progress, a file has a field that the client does not know.
            var again = stores.files().create(store.id(),
                    com.openai.models.vectorstores.files.FileCreateParams.builder().fileId(file.id()).build());
            equal(again.validate().status(), VectorStoreFile.Status.IN_PROGRESS);
            equal(again._additionalProperties().containsKey("progress"), true);
            equal(stores.delete(store.id()).deleted(), true);
        });
    }

    /** With the names of classes that have more cases. */
    public static void main(String[] given) throws ReflectiveOperationException {
        runs();
        objects();
        stores();
        for (String name : given) Class.forName(name).getMethod("cases").invoke(null);
        client.close();
        if (failed > 0) System.out.println(failed + " cases failed");
        System.exit(failed > 0 ? 1 : 0);
    }
}
